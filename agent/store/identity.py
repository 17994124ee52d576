"""The tablet's identity: a key that signs what it sends, and a key that opens what is sealed to it."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlite_utils import Database

from agent.domain import sealing, signing
from agent.domain.errors import StoreError
from agent.store.vault import Keeper, KeeperName, keeper_named

_KEY_BYTES = 32
_NONCE_BYTES = 12
_PURPOSE = b"eplus tablet identity 1"


class Identity:
    """The private keys (raw, 32 bytes each) never leave this object.

    `protected_by` says where the key is kept that they are encrypted with on disk.
    """

    def __init__(self, signing_key: bytes, sealing_key: bytes, protected_by: KeeperName) -> None:
        self._signing_key = signing_key
        self._sealing_key = sealing_key
        self.protected_by = protected_by
        self.signing_public = Ed25519PrivateKey.from_private_bytes(signing_key).public_key().public_bytes_raw()
        self.sealing_public = X25519PrivateKey.from_private_bytes(sealing_key).public_key().public_bytes_raw()

    @property
    def device_id(self) -> str:
        """The name of this tablet in SMM, derived from its signing key."""
        return "T-" + hashlib.sha256(self.signing_public).hexdigest()[:16]

    def sign(self, content: Any) -> str:
        """Ed25519 signature (hex) over the canonical form of `content`.

        Raises:
            TypeError: there is a float in it.
        """
        return signing.sign(self._signing_key, content)

    def unseal(self, box: bytes, purpose: bytes) -> bytes:
        """The content of a box. Raises: NotSealedToUs, unless it was sealed to this tablet for this purpose."""
        return sealing.unseal(self._sealing_key, box, purpose)


def make(db: Database, keeper: Keeper) -> None:
    """Gives a new tablet its identity; the key that it is encrypted with is kept by `keeper`.

    Raises:
        StoreError: `keeper` has a key already, of another identity.
    """
    vault = os.urandom(8).hex()
    vault_key = AESGCM.generate_key(8 * _KEY_BYTES)
    keeper.save(vault, vault_key)
    signing_key = Ed25519PrivateKey.generate().private_bytes_raw()
    sealing_key = X25519PrivateKey.generate().private_bytes_raw()
    nonce = os.urandom(_NONCE_BYTES)
    box = nonce + AESGCM(vault_key).encrypt(nonce, signing_key + sealing_key, _PURPOSE)
    db.execute("INSERT INTO identity (id, keeper, vault, box) VALUES (1, ?, ?, ?)", [keeper.name, vault, box])


def load(db: Database, folder: Path, keeper: Keeper | None = None) -> Identity:
    """This tablet's identity, opened with the key that `keeper` (default: the one that protected it) holds.

    Raises:
        StoreError: `identity-lost`, if the database has none, or its key is missing or wrong.
    """
    for row in db.query("SELECT keeper, vault, box FROM main.identity"):
        keeper = keeper or keeper_named(row["keeper"], folder)
        identity = unlock(row, keeper)
        keeper.confirm(row["vault"])
        return identity
    raise StoreError("there is no identity", code="identity-lost")


def unlock(row: Mapping[str, Any], keeper: Keeper) -> Identity:
    """The identity that a row of the table keeps. Raises: StoreError `identity-lost`, if `keeper` cannot open it."""
    vault_key = keeper.load(row["vault"])
    if vault_key is None:
        raise StoreError(f"the {keeper.name} does not hold vault {row['vault']}", code="identity-lost")
    try:
        nonce, content = row["box"][:_NONCE_BYTES], row["box"][_NONCE_BYTES:]
        keys = AESGCM(vault_key).decrypt(nonce, content, _PURPOSE)
    except (InvalidTag, ValueError, TypeError):
        raise StoreError("the key of the vault does not open the identity", code="identity-lost") from None
    return Identity(keys[:_KEY_BYTES], keys[_KEY_BYTES:], keeper.name)
