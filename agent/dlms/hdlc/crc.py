"""The 16-bit frame check sequence of ISO/IEC 13239:2002 (X.25), for both FCS and HCS."""

from binascii import crc_hqx

AT_START = 0xFFFF
AFTER_SOUND = 0x1D0F
"""The value of the CRC after octets that end with their own check sequence."""
_BITS_REVERSED = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))


def check_sequence(data: bytes, before: int = AT_START) -> bytes:
    """The two octets that follow `data` on the wire, low octet first; `before` is the value of the CRC before it.

    X.25 works on reflected bits; the standard library's fast CRC does not, so octets go in and come out
    with their bits reversed.
    """
    crc = crc_hqx(data.translate(_BITS_REVERSED), before) ^ 0xFFFF
    return crc.to_bytes(2).translate(_BITS_REVERSED)


def is_sound(data: bytes) -> bool:
    """Whether the last two octets are the check sequence of those before."""
    return crc_hqx(data.translate(_BITS_REVERSED), AT_START) == AFTER_SOUND
