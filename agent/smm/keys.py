"""Meter secrets at rest: encrypted under SMM's own key, from the environment or a file beside the database."""

import json
import os
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import make_url

VARIABLE = "EPLUS_SMM_KEY"
_NONCE_OCTETS = 12


class KeyBox:
    """AES-256-GCM; the serial number is bound to what is locked."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @classmethod
    def for_database(cls, url: str) -> "KeyBox":
        """With the key of `EPLUS_SMM_KEY` (64 hex digits); else of a file, made at first use, readable by us alone."""
        if given := os.environ.get(VARIABLE):
            return cls(bytes.fromhex(given))
        return cls(_kept_key(_key_file(url)))

    def lock(self, secret: dict[str, str], serial: str) -> bytes:
        nonce = os.urandom(_NONCE_OCTETS)
        return nonce + self._cipher.encrypt(nonce, json.dumps(secret).encode(), serial.encode())

    def unlock(self, locked: bytes, serial: str) -> bytes:
        """The secret as JSON. Raises InvalidTag if it was locked with another key or for another meter."""
        return self._cipher.decrypt(locked[:_NONCE_OCTETS], locked[_NONCE_OCTETS:], serial.encode())


def _key_file(url: str) -> Path:
    database = make_url(url).database
    return Path(f"{database}.key") if database else Path("smm.key")


def _kept_key(file: Path) -> bytes:
    if not file.exists():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as made:
            made.write(AESGCM.generate_key(256))
    return file.read_bytes()
