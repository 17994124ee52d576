"""Minting of credit tokens with the meter's vending key, which never leaves this system."""

import json
import secrets
from dataclasses import dataclass

from agent.domain.credit_token import ID_OCTETS, CreditToken, vend
from agent.domain.errors import InputError
from agent.smm.keys import KeyBox
from agent.smm.models import Meter


@dataclass(frozen=True)
class MintedToken:
    """`id` in hex; `sealed` is the token, locked by the `KeyBox`."""

    id: str
    sealed: bytes


def mint(keys: KeyBox, meter: Meter, order: int, amount_wh: int) -> MintedToken:
    """A new token for one order. Raises: InputError `no-vending-key`."""
    if meter.sealed_vending_key is None:
        raise InputError(code="no-vending-key", serial=meter.serial)
    vending_key = bytes.fromhex(_unlocked(keys, meter.sealed_vending_key, meter.serial, "vending_key"))
    token = CreditToken(secrets.token_bytes(ID_OCTETS), meter.serial, amount_wh, str(order))
    sealed = keys.lock({"token": vend(token, vending_key).hex()}, meter.serial)
    return MintedToken(token.id.hex(), sealed)


def token_of(keys: KeyBox, sealed: bytes, serial: str) -> str:
    """The token's octets in hex, for the tablet that carries it."""
    return _unlocked(keys, sealed, serial, "token")


def _unlocked(keys: KeyBox, sealed: bytes, serial: str, name: str) -> str:
    secret: dict[str, str] = json.loads(keys.unlock(sealed, serial))
    return secret[name]
