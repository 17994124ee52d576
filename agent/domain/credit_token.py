"""Credit tokens: vended by SMM, and accepted by a meter's token gateway once each.

A token is its content and a tag over it: HMAC-SHA-256 cut to 16 octets, under the vending key of one meter. A tablet
never has that key: it carries the octets, and can check that they belong to its order.

    version (1 octet, 1) · id (16) · amount in Wh (4, big-endian)
    · length (1) and serial number · length (1) and order · tag (16)
"""

import hmac
from dataclasses import dataclass

from agent.domain.errors import MalformedData

ID_OCTETS = 16
_VERSION, _TAG_OCTETS = 1, 16


@dataclass(frozen=True)
class CreditToken:
    """`id` (16 octets) is never used twice; `order` is the number of the work order, as text."""

    id: bytes
    serial: str
    amount_wh: int
    order: str


class WrongTag(Exception):
    """The tag was not made under this key for this content."""


def vend(token: CreditToken, vending_key: bytes) -> bytes:
    """The token's octets, with a tag under the meter's vending key."""
    content = _content(token)
    return content + _tag(content, vending_key)


def verified(octets: bytes, vending_key: bytes) -> CreditToken:
    """The token, if its tag is right.

    Raises:
        MalformedData: the octets are no token.
        WrongTag: they are a token, but not one made under this key.
    """
    token = read_token(octets)
    if not hmac.compare_digest(_tag(octets[:-_TAG_OCTETS], vending_key), octets[-_TAG_OCTETS:]):
        raise WrongTag
    return token


def read_token(octets: bytes) -> CreditToken:
    """A token's content; its tag is not checked.

    Raises:
        MalformedData: the octets are no token.
    """
    content = octets[:-_TAG_OCTETS]
    try:
        if content[0] != _VERSION:
            raise ValueError
        identifier, amount = content[1 : 1 + ID_OCTETS], int.from_bytes(content[17:21], "big")
        serial, rest = _text(content[21:])
        order, rest = _text(rest)
    except (IndexError, ValueError):
        raise MalformedData("not a credit token") from None
    token = CreditToken(identifier, serial, amount, order)
    if rest or _content(token) != content:
        raise MalformedData("not a credit token")
    return token


def _content(token: CreditToken) -> bytes:
    texts = b"".join(bytes((len(text),)) + text for text in (token.serial.encode("ascii"), token.order.encode("ascii")))
    return bytes((_VERSION,)) + token.id + token.amount_wh.to_bytes(4, "big") + texts


def _text(octets: bytes) -> tuple[str, bytes]:
    length = octets[0]
    return octets[1 : 1 + length].decode("ascii"), octets[1 + length :]


def _tag(content: bytes, vending_key: bytes) -> bytes:
    return hmac.digest(vending_key, content, "sha256")[:_TAG_OCTETS]
