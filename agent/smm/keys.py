"""SMM's own key, which comes from the environment or from a file: it encrypts meter secrets at rest, and two keys that
tablets know are derived from it. Several machines, and a restored backup, thus have the same ones."""

import json
import os
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import make_url

from agent.domain.errors import InputError
from agent.domain.sealing import unseal
from agent.domain.signing import canonical

VARIABLE, FILE_VARIABLE = "EPLUS_SMM_KEY", "EPLUS_SMM_KEY_FILE"
_NONCE_OCTETS, _KEY_OCTETS = 12, 32


class KeyBox:
    """Locks secrets with AES-256-GCM; the meter's serial number is authenticated with each.

    `receipt_key` and `parcel_key` are the public keys, raw, of what tablets may trust and what they may seal to.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._receipts = Ed25519PrivateKey.from_private_bytes(_derived(key, b"eplus smm receipts"))
        self._parcels = X25519PrivateKey.from_private_bytes(_derived(key, b"eplus smm parcels"))
        self.receipt_key = self._receipts.public_key().public_bytes_raw()
        self.parcel_key = self._parcels.public_key().public_bytes_raw()

    @classmethod
    def for_database(cls, url: str) -> "KeyBox":
        """With the key in `EPLUS_SMM_KEY` (64 hex digits), or in the file that `EPLUS_SMM_KEY_FILE` names.

        Beside a SQLite database a key file is created at first use, readable by its owner only. A PostgreSQL database
        may serve several machines, which must all be given the same key.

        Raises:
            InputError: `smm-key-missing`, or `smm-key-wrong` if it is not a key.
        """
        given = os.environ.get(VARIABLE)
        if given is None and (file := os.environ.get(FILE_VARIABLE)):
            given = _text_of(Path(file))
        if given is not None:
            return cls(_parsed(given))
        if make_url(url).get_backend_name() != "sqlite":
            raise InputError(code="smm-key-missing", variable=VARIABLE)
        return cls(_kept_key(_key_file(url)))

    def lock(self, secret: dict[str, str], serial: str) -> bytes:
        """Nonce and ciphertext of the secret as JSON."""
        nonce = os.urandom(_NONCE_OCTETS)
        return nonce + self._cipher.encrypt(nonce, json.dumps(secret).encode(), serial.encode())

    def unlock(self, locked: bytes, serial: str) -> bytes:
        """The secret as JSON. Raises: InvalidTag if it was locked with another key or for another meter."""
        return self._cipher.decrypt(locked[:_NONCE_OCTETS], locked[_NONCE_OCTETS:], serial.encode())

    def sign_receipt(self, content: Any) -> str:
        """Ed25519 signature, in hex, over the canonical form; `receipt_key` verifies it."""
        return self._receipts.sign(canonical(content)).hex()

    def open_parcel(self, box: bytes, purpose: bytes) -> bytes:
        """What was sealed to `parcel_key` for this purpose. Raises: NotSealedToUs."""
        return unseal(self._parcels.private_bytes_raw(), box, purpose)


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_OCTETS, salt=None, info=purpose).derive(key)


def _key_file(url: str) -> Path:
    database = make_url(url).database
    return Path(f"{database}.key") if database else Path("smm.key")


def _parsed(text: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != _KEY_OCTETS:
        raise InputError(code="smm-key-wrong", variable=VARIABLE)
    return key


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise InputError(code="smm-key-wrong", variable=FILE_VARIABLE) from None


def _kept_key(file: Path) -> bytes:
    if not file.exists():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as made:
            made.write(AESGCM.generate_key(256))
    return file.read_bytes()
