"""The header before each APDU on TCP: version, source and destination wPort, length (IEC 62056-47:2006, 5)."""

from collections.abc import Iterator
from dataclasses import dataclass

from agent.domain.errors import LocalProtocolError, RemoteProtocolError

HEADER_OCTETS = 8
LONGEST = 0xFFFF
"""Octets that a wrapper can carry."""
VERSION = b"\x00\x01"


@dataclass(frozen=True)
class WrapperHeader:
    """wPorts are the SAPs of client and server; `length` counts the octets that follow."""

    source: int
    destination: int
    length: int

    def __str__(self) -> str:
        """For the expert's log."""
        return f"WPDU {self.source}→{self.destination} {self.length} octets"


@dataclass(frozen=True)
class Piece:
    """What has come of an APDU: some of its octets, in order; `last` ends it."""

    header: WrapperHeader
    content: bytes
    first: bool
    last: bool


def encode_header(header: WrapperHeader) -> bytes:
    """Its eight octets.

    Raises:
        LocalProtocolError: a number that two octets cannot hold.
    """
    numbers = header.source, header.destination, header.length
    if not all(0 <= number <= LONGEST for number in numbers):
        raise LocalProtocolError(f"does not fit a wrapper: {header}")
    return VERSION + b"".join(number.to_bytes(2) for number in numbers)


class Unwrapper:
    """Takes the octets of a socket, in any pieces, and gives those of APDUs as they come; holds at most a header."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._header = WrapperHeader(0, 0, 0)
        self._left = 0

    @property
    def is_within(self) -> bool:
        """Whether a part of an APDU was given, and the rest is missing."""
        return 0 < self._left < self._header.length

    @property
    def unfinished(self) -> str | None:
        """What is missing, where an APDU has begun and not ended."""
        if self._head:
            return f"{len(self._head)} of {HEADER_OCTETS} octets of a header"
        return f"{self._header.length - self._left} of {self._header.length} octets" if self._left else None

    def feed(self, data: bytes) -> Iterator[Piece]:
        """What these octets bring.

        Raises:
            RemoteProtocolError: `wrapper-version`; where the next APDU begins cannot be known any more.
        """
        at = 0
        while at < len(data):
            if self._left:
                content = data[at : at + self._left]
                at += len(content)
                yield self._piece(content)
            else:
                taken = data[at : at + HEADER_OCTETS - len(self._head)]
                at += len(taken)
                if self._begin(taken) and self._header.length == 0:
                    yield self._piece(b"")

    def _begin(self, octets: bytes) -> bool:
        """Whether the header is whole."""
        self._head += octets
        if not VERSION.startswith(self._head[: len(VERSION)]):
            raise RemoteProtocolError(f"begins with {self._head[:2].hex()}", code="wrapper-version")
        if len(self._head) < HEADER_OCTETS:
            return False
        numbers = (int.from_bytes(self._head[place : place + 2]) for place in (2, 4, 6))
        self._header = WrapperHeader(*numbers)
        self._left = self._header.length
        self._head.clear()
        return True

    def _piece(self, content: bytes) -> Piece:
        first = self._left == self._header.length
        self._left -= len(content)
        return Piece(self._header, content, first, last=self._left == 0)
