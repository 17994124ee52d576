"""UUIDs of version 7: unique keys that sort by the time when they were made."""

from uuid import UUID


def uuid7(unix_ms: int, randomness: bytes) -> UUID:
    """A UUID of version 7 (RFC 9562 §5.7). `randomness` is 10 random bytes."""
    high = (unix_ms & (1 << 48) - 1) << 80 | 0x7 << 76 | int.from_bytes(randomness[:2]) % (1 << 12) << 64
    low = 0b10 << 62 | int.from_bytes(randomness[2:10]) % (1 << 62)
    return UUID(int=high | low)
