"""The 16-bit frame check sequence (X.25), both for FCS and HCS."""

from binascii import crc_hqx

_BITS_REVERSED = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))


def check_sequence(data: bytes) -> bytes:
    """The two octets that follow `data` on the wire, low octet first.

    X.25 works on reflected bits; the standard library's fast CRC does not, so octets go in and come out
    with their bits reversed.
    """
    crc = crc_hqx(data.translate(_BITS_REVERSED), 0xFFFF) ^ 0xFFFF
    return bytes((_BITS_REVERSED[crc >> 8], _BITS_REVERSED[crc & 0xFF]))
