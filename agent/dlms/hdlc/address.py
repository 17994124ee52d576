"""HDLC addresses: one octet for a client; one, two or four for a server (IEC 62056-46:2002+A1:2006)."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from agent.domain.errors import LocalProtocolError, MalformedData

AddressSize = Literal[1, 2, 4]


@dataclass(frozen=True)
class Address:
    """`upper` is the SAP (logical device), `lower` the physical device; one octet holds only `upper`.

    Raises:
        LocalProtocolError: it does not fit `size` octets.
    """

    upper: int
    lower: int = 0
    size: AddressSize = 1

    def __post_init__(self) -> None:
        limit = 0x7F if self.size in (1, 2) else 0x3FFF
        if not 0 <= self.upper <= limit or not 0 <= self.lower <= (0 if self.size == 1 else limit):
            raise LocalProtocolError(f"address {self.upper}/{self.lower} does not fit {self.size} octets")

    def encode(self) -> bytes:
        """Its octets; the lowest bit of the last one is set."""
        return self._octets

    @cached_property
    def _octets(self) -> bytes:
        if self.size == 1:
            return bytes((self.upper << 1 | 1,))
        if self.size == 2:
            return bytes((self.upper << 1, self.lower << 1 | 1))
        return bytes(
            (
                self.upper >> 7 << 1,
                (self.upper & 0x7F) << 1,
                self.lower >> 7 << 1,
                (self.lower & 0x7F) << 1 | 1,
            )
        )


def decode_address(data: bytes, offset: int) -> tuple[Address, int]:
    """The address at the offset, and the offset after it.

    Raises:
        MalformedData: the address does not end, or has three octets.
    """
    if offset < len(data) and data[offset] & 1:
        return _SHORT[data[offset] >> 1], offset + 1
    for end in (offset + 2, offset + 4):
        if end <= len(data) and data[end - 1] & 1:
            return _address(data[offset:end]), end
    raise MalformedData("bad HDLC address")


_SHORT = [Address(upper) for upper in range(0x80)]


@lru_cache(maxsize=64)  # a line has few stations, and every frame names two of them
def _address(octets: bytes) -> Address:
    if any(octet & 1 for octet in octets[:-1]):
        raise MalformedData("bad HDLC address")
    values = [octet >> 1 for octet in octets]
    if len(values) == 2:
        return Address(values[0], values[1], 2)
    return Address(values[0] << 7 | values[1], values[2] << 7 | values[3], 4)
