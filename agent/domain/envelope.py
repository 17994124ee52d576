"""Canonical form, hash, signature and keys of what travels from a tablet to SMM.

Canonical JSON is UTF-8 with sorted keys and no spaces; there are no floats in it, so that one content has
one form.
"""

import hashlib
import json
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def canonical(content: Any) -> bytes:
    """The one form of a JSON value.

    Raises:
        TypeError: there is a float, or something that JSON does not know, in it.
        UnicodeEncodeError: a text holds half of a surrogate pair.
    """
    _refuse_floats(content)
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def content_hash(content: Any) -> str:
    """SHA-256 of the canonical form, in hex."""
    return hashlib.sha256(canonical(content)).hexdigest()


def sign(private_key: bytes, content: Any) -> str:
    """Ed25519 signature (hex) over the canonical form, by a raw private key of 32 bytes."""
    return Ed25519PrivateKey.from_private_bytes(private_key).sign(canonical(content)).hex()


def is_signed_by(public_key: bytes, content: Any, signature: str) -> bool:
    """Whether the signature (hex) is this raw public key's over the content."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(bytes.fromhex(signature), canonical(content))
    except (InvalidSignature, ValueError):
        return False
    return True


def uuid7(unix_ms: int, randomness: bytes) -> UUID:
    """A UUID of version 7 (RFC 9562 §5.7): sorted by time. `randomness` is 10 random bytes."""
    high = (unix_ms & (1 << 48) - 1) << 80 | 0x7 << 76 | int.from_bytes(randomness[:2]) % (1 << 12) << 64
    low = 0b10 << 62 | int.from_bytes(randomness[2:10]) % (1 << 62)
    return UUID(int=high | low)


def _refuse_floats(content: Any) -> None:
    if isinstance(content, float):
        raise TypeError("no floats in a canonical form")
    if isinstance(content, dict):
        for value in content.values():
            _refuse_floats(value)
    elif isinstance(content, list | tuple):
        for value in content:
            _refuse_floats(value)
