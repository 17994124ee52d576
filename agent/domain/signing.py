"""Canonical form, hash and signature of what travels from a tablet to SMM.

Canonical JSON is UTF-8 with sorted keys and no spaces. It holds no floats, so that each content has exactly one form.
"""

import hashlib
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def canonical(content: Any) -> bytes:
    """The one form of a JSON value.

    Raises:
        TypeError: it holds a float, or something that JSON cannot express.
        UnicodeEncodeError: a text holds half of a surrogate pair.
    """
    _refuse_floats(content)
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def content_hash(content: Any) -> str:
    """SHA-256 of the canonical form, in hex."""
    return hashlib.sha256(canonical(content)).hexdigest()


def sign(private_key: bytes, content: Any) -> str:
    """Ed25519 signature (RFC 8032), in hex, over the canonical form, with a raw private key of 32 bytes."""
    return Ed25519PrivateKey.from_private_bytes(private_key).sign(canonical(content)).hex()


def is_signed_by(public_key: bytes, content: Any, signature: str) -> bool:
    """Whether the signature (hex) over the content was made with the private key of this raw public key (32 bytes)."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(bytes.fromhex(signature), canonical(content))
    except (InvalidSignature, ValueError):
        return False
    return True


def _refuse_floats(content: Any) -> None:
    if isinstance(content, float):
        raise TypeError("no floats in a canonical form")
    if isinstance(content, dict):
        for value in content.values():
            _refuse_floats(value)
    elif isinstance(content, list | tuple):
        for value in content:
            _refuse_floats(value)
