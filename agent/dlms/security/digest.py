"""Hashes, and the comparison of secrets. What they stand on brings OpenSSL with it, so it comes with first use."""


def digest(name: str, content: bytes) -> bytes:
    """By the standard library's name for the hash."""
    import hashlib

    return hashlib.new(name, content, usedforsecurity=False).digest()


def same(given: bytes, right: bytes) -> bool:
    """Whether they are equal, in a time that does not tell where they differ."""
    from hmac import compare_digest

    return compare_digest(given, right)
