"""Hashes, and comparison of secrets. Imports are local: hashlib and hmac load OpenSSL, which is not needed at start."""


def digest(name: str, content: bytes) -> bytes:
    """The hash of the content; `name` as in `hashlib`."""
    import hashlib

    return hashlib.new(name, content, usedforsecurity=False).digest()


def is_same(given: bytes, expected: bytes) -> bool:
    """Whether both are equal, in a time that does not depend on where they differ."""
    from hmac import compare_digest

    return compare_digest(given, expected)
