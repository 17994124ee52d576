"""The tablet's identity: a key that signs what it sends, and a key that opens what is sealed to it."""

import hashlib
import os
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlite_utils import Database

from agent.domain import sealing, signing
from agent.domain.errors import StoreError
from agent.store.vault import Keeper, KeeperName, choose_keeper, keeper_named

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


def load_or_make(db: Database, folder: Path, keeper: Keeper | None = None) -> Identity:
    """This tablet's identity; made at the first start, and protected by `keeper` (default: the best available).

    Raises:
        StoreError: `identity-lost`, if the key that it is encrypted with is missing or wrong: the data folder was
            copied from another tablet, or the keyring was reset.
    """
    for row in db.query("SELECT keeper, vault, box FROM identity"):
        return _open(row, keeper or keeper_named(row["keeper"], folder))
    return _make(db, keeper or choose_keeper(folder))


def _make(db: Database, keeper: Keeper) -> Identity:
    vault = os.urandom(8).hex()
    vault_key = AESGCM.generate_key(8 * _KEY_BYTES)
    keeper.save(vault, vault_key)
    signing_key = Ed25519PrivateKey.generate().private_bytes_raw()
    sealing_key = X25519PrivateKey.generate().private_bytes_raw()
    nonce = os.urandom(_NONCE_BYTES)
    box = nonce + AESGCM(vault_key).encrypt(nonce, signing_key + sealing_key, _PURPOSE)
    db.execute("INSERT INTO identity (id, keeper, vault, box) VALUES (1, ?, ?, ?)", [keeper.name, vault, box])
    return Identity(signing_key, sealing_key, keeper.name)


def _open(row: dict[str, Any], keeper: Keeper) -> Identity:
    vault_key = keeper.load(row["vault"])
    if vault_key is None:
        raise StoreError(f"the {keeper.name} does not hold vault {row['vault']}", code="identity-lost")
    nonce, content = row["box"][:_NONCE_BYTES], row["box"][_NONCE_BYTES:]
    try:
        keys = AESGCM(vault_key).decrypt(nonce, content, _PURPOSE)
    except (InvalidTag, ValueError):
        raise StoreError("the key of the vault does not open the identity", code="identity-lost") from None
    return Identity(keys[:_KEY_BYTES], keys[_KEY_BYTES:], keeper.name)
