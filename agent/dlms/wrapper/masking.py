"""Octets of the TCP wrapper as text that anybody may see: headers legible, contents hidden.

Of each APDU its wrapper header, its gateway header if it has one, and its tag stay legible.
"""

from agent.dlms.hdlc.masking import HIDDEN
from agent.dlms.wrapper.gateway import begins_with_header
from agent.dlms.wrapper.header import HEADER_OCTETS, VERSION

_GATEWAY_FIXED = 3


class WrapperMasker:
    """One direction of one socket; octets may arrive in any pieces. What is in no wrapper is hidden to its end."""

    def __init__(self) -> None:
        self._header = bytearray()
        self._at = self._shown = 0
        self._is_foreign = False

    def mask(self, data: bytes) -> str:
        """The octets in hexadecimal, separated by spaces; hidden ones as `HIDDEN`."""
        return " ".join(f"{octet:02X}" if self._is_shown(octet) else HIDDEN for octet in data)

    def _is_shown(self, octet: int) -> bool:
        if self._is_foreign:
            return False
        if len(self._header) < HEADER_OCTETS:
            return self._in_header(octet)
        return self._in_apdu(octet)

    def _in_header(self, octet: int) -> bool:
        self._header.append(octet)
        self._is_foreign = not VERSION.startswith(self._header[: len(VERSION)])
        self._at, self._shown = 0, 1
        self._end_if_whole()
        return True

    def _in_apdu(self, octet: int) -> bool:
        if self._at == 0 and begins_with_header(bytes((octet,))):
            self._shown = _GATEWAY_FIXED
        elif self._at == _GATEWAY_FIXED - 1 and self._shown == _GATEWAY_FIXED:
            self._shown += octet + 1
        self._at += 1
        is_shown = self._at <= self._shown
        self._end_if_whole()
        return is_shown

    def _end_if_whole(self) -> None:
        if len(self._header) == HEADER_OCTETS and self._at == int.from_bytes(self._header[-2:]):
            self._header.clear()
