"""Cuts a stream of octets into frames; skips garbage and frames with a wrong check sequence."""

import re
from collections.abc import Iterator

from agent.dlms.hdlc.frame import FLAG, MAX_LENGTH, Frame, decode_frame, header_is_bad
from agent.domain.errors import MalformedData

_BEGINNING = re.compile(rb"\x7e[\xa0-\xaf]")
_LONGEST_HEADER = 14


class Deframer:
    """Holds at most one unfinished frame (2 KiB). Octets in, whole and sound frames out."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Takes octets and gives the frames that they complete."""
        buffer = self._buffer
        buffer += data
        while found := _BEGINNING.search(buffer):
            if garbage := found.start():
                del buffer[:garbage]
            if len(buffer) < 3:
                return
            end = ((buffer[1] << 8 | buffer[2]) & MAX_LENGTH) + 1
            if end < len(buffer):
                if frame := self._frame(end):
                    del buffer[:end]  # the closing flag may open the next frame and so stays
                    yield frame
                else:
                    del buffer[0]
            elif header_is_bad(bytes(buffer[1 : _LONGEST_HEADER + 1])):
                del buffer[0]
            else:
                return
        if len(buffer) > 1:
            del buffer[: -1 if buffer[-1] == FLAG else None]

    @property
    def is_inside_frame(self) -> bool:
        """Whether a frame has begun whose header is whole, and not wrong."""
        return len(self._buffer) > _LONGEST_HEADER

    def reset(self) -> None:
        """Forgets an unfinished frame."""
        self._buffer.clear()

    def _frame(self, end: int) -> Frame | None:
        if self._buffer[end] != FLAG:
            return None
        try:
            return decode_frame(bytes(self._buffer[1:end]))
        except MalformedData:
            return None
