"""Octets of an optical port as text that anybody may see: frames and sign-on legible, contents hidden.

Of an HDLC frame (IEC 62056-46:2002+A1:2006), flags, format, addresses, control, both check sequences, and of the
information field the LLC header with the tag of the APDU stay legible; of a sign-on (IEC 62056-21:2002), the
request, the identification and the acknowledgement. Everything else is hidden: passwords, keys, consumption.
"""

from enum import Enum, auto

HIDDEN = "··"
_FLAG = 0x7E
_FRAME_TYPE = 0xA0
_CHECK = 2
_LLC_HEADERS = ((0xE6, 0xE6, 0x00), (0xE6, 0xE7, 0x00))
_LLC_AND_TAG = 4
_LONGEST_ADDRESS = 4
_ACK, _LF = 0x06, 0x0A
_SHOWN_LINES = (ord("/"), _ACK)


class _At(Enum):
    OUTSIDE = auto()
    FORMAT = auto()
    ADDRESSES = auto()
    CONTROL = auto()
    HEADER_CHECK = auto()
    INFORMATION = auto()
    FRAME_CHECK = auto()


class Masker:
    """One direction of one link; octets may arrive in any pieces."""

    def __init__(self) -> None:
        self._at = _At.OUTSIDE
        self._line_start, self._line_shown = True, False
        self._first = 0
        self._left = self._addresses_left = self._in_address = self._seen = 0
        self._llc: list[int] = []

    def mask(self, data: bytes) -> str:
        """The octets in hexadecimal, separated by spaces; hidden ones as `HIDDEN`."""
        return " ".join(f"{octet:02X}" if self._is_shown(octet) else HIDDEN for octet in data)

    def _is_shown(self, octet: int) -> bool:
        if self._at is _At.OUTSIDE:
            return self._outside(octet)
        if self._at is _At.FORMAT:
            return self._format(octet)
        self._left -= 1
        if self._at is _At.ADDRESSES:
            return self._address(octet)
        if self._at is _At.CONTROL:
            self._go(_At.FRAME_CHECK if self._left == _CHECK else _At.HEADER_CHECK)
            return True
        if self._at is _At.HEADER_CHECK:
            return self._header_check()
        if self._at is _At.INFORMATION:
            return self._information(octet)
        if self._left == 0:
            self._go(_At.OUTSIDE)
        return True

    def _outside(self, octet: int) -> bool:
        if octet == _FLAG:
            self._go(_At.FORMAT)
            return True
        character = octet & 0x7F
        if self._line_start:
            self._line_shown = character in _SHOWN_LINES
        self._line_start = character == _LF
        return self._line_shown or character < 0x20

    def _format(self, octet: int) -> bool:
        """Two octets: the type, and the length of the frame without its flags."""
        if self._seen == 0:
            if octet == _FLAG:
                return True
            if octet & 0xF0 != _FRAME_TYPE:
                self._go(_At.OUTSIDE)
                return self._outside(octet)
            self._first, self._seen = octet, 1
            return True
        self._left = ((self._first & 0x07) << 8 | octet) - 2
        self._addresses_left, self._in_address = 2, 0
        self._go(_At.ADDRESSES if self._left > 0 else _At.OUTSIDE)
        return True

    def _address(self, octet: int) -> bool:
        self._in_address += 1
        if octet & 1:
            self._addresses_left, self._in_address = self._addresses_left - 1, 0
        if self._in_address > _LONGEST_ADDRESS or self._left <= _CHECK:
            self._go(_At.OUTSIDE)
            return False
        if self._addresses_left == 0:
            self._go(_At.CONTROL)
        return True

    def _header_check(self) -> bool:
        self._seen += 1
        if self._seen == _CHECK:
            self._llc = []
            self._go(_At.INFORMATION if self._left > _CHECK else _At.FRAME_CHECK)
        return True

    def _information(self, octet: int) -> bool:
        if self._left == _CHECK:
            self._go(_At.FRAME_CHECK)
        if len(self._llc) == _LLC_AND_TAG:
            return False
        self._llc.append(octet)
        so_far = tuple(self._llc[:3])
        return any(header[: len(so_far)] == so_far for header in _LLC_HEADERS)

    def _go(self, at: _At) -> None:
        self._at, self._seen = at, 0
        self._line_start = True
