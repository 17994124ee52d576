"""Long APDUs as segments: cut for sending, assembled when received."""

from agent.domain.errors import MalformedData

MAX_APDU = 70_000
"""Octets; more than any APDU that can be negotiated (65,535) with its LLC header."""


def cut(content: bytes, size: int) -> list[bytes]:
    """Pieces of at most `size` octets; one empty piece for nothing."""
    return [content[at : at + size] for at in range(0, len(content), size)] or [b""]


class Assembly:
    """Collects the segments of one APDU at a time, bounded."""

    def __init__(self) -> None:
        self._parts = bytearray()

    def add(self, information: bytes, *, last: bool) -> bytes | None:
        """The whole content once the last segment is in, else None.

        Raises:
            MalformedData: more than `MAX_APDU` octets.
        """
        self._parts += information
        if len(self._parts) > MAX_APDU:
            self._parts.clear()
            raise MalformedData("APDU too long")
        if not last:
            return None
        whole = bytes(self._parts)
        self._parts.clear()
        return whole

    def clear(self) -> None:
        """Forgets the segments of an unfinished APDU."""
        self._parts.clear()
