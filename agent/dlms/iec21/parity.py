"""Seven data bits and even parity (IEC 62056-21:2002, 5), in software over eight data bits and no parity."""

from collections.abc import Callable
from dataclasses import dataclass

from agent.domain.errors import MalformedData


def _with_parity(octet: int) -> int:
    return octet | (octet.bit_count() & 1) << 7


_ENCODED = bytes(_with_parity(octet & 0x7F) for octet in range(256))
_SOUND = {octet for octet in range(256) if octet.bit_count() % 2 == 0}
_NOISE = 0xFF
_MARKED = bytes(octet & 0x7F if octet in _SOUND else _NOISE for octet in range(256))
_MARKED_PLAIN = bytes(octet if octet < 0x80 else _NOISE for octet in range(256))


def encode(characters: bytes) -> bytes:
    """ASCII with its parity bits."""
    return characters.translate(_ENCODED)


def decode(octets: bytes) -> bytes:
    """ASCII without parity bits.

    Raises:
        MalformedData: an octet with a wrong parity bit.
    """
    if not _SOUND.issuperset(octets):
        raise MalformedData("wrong parity")
    return bytes(octet & 0x7F for octet in octets)


def decode_leniently(octets: bytes) -> bytes:
    """ASCII without parity bits; octets with a wrong parity bit are noise and left out."""
    return bytes(octet & 0x7F for octet in octets if octet in _SOUND)


def without_noise(octets: bytes) -> bytes:
    """ASCII from a probe that has taken the parity bits away already; octets outside ASCII are noise and left out."""
    return bytes(octet for octet in octets if octet < 0x80)


@dataclass(frozen=True)
class Decoding:
    """How a line writes ASCII. `skipping` leaves noise out, where a check character tells whether something is missing;
    `marking` leaves an octet that is no ASCII in its place, so that no digit can get lost unseen."""

    skipping: Callable[[bytes], bytes]
    marking: Callable[[bytes], bytes]


WITH_PARITY = Decoding(decode_leniently, lambda octets: octets.translate(_MARKED))
WITHOUT_PARITY = Decoding(without_noise, lambda octets: octets.translate(_MARKED_PLAIN))
DECODINGS = (WITH_PARITY, WITHOUT_PARITY)
