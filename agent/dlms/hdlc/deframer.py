"""Cuts a stream of octets into frames; skips garbage, and frames with a wrong check sequence."""

from collections.abc import Iterator

from agent.dlms.hdlc.frame import FLAG, Frame, decode_frame, frame_length, header_is_bad
from agent.domain.errors import MalformedData


class Deframer:
    """Holds at most one unfinished frame (2 KiB). Octets in, whole and sound frames out."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Takes octets and gives the frames that they complete."""
        self._buffer += data
        while self._start_at_flag():
            octets = bytes(self._buffer[1:3])
            if len(octets) < 2:
                return
            length = frame_length(octets)
            if length is None:
                self._skip_flag()
            elif len(self._buffer) >= length + 2:
                yield from self._take(length)
            elif header_is_bad(bytes(self._buffer[1:16])):
                self._skip_flag()
            else:
                return

    def reset(self) -> None:
        """Forgets what is unfinished, after a silence."""
        self._buffer.clear()

    def _take(self, length: int) -> Iterator[Frame]:
        """One frame's octets and its closing flag, which may open the next frame and so stays."""
        octets = bytes(self._buffer[1 : length + 1])
        if self._buffer[length + 1] != FLAG:
            self._skip_flag()
            return
        try:
            frame = decode_frame(octets)
        except MalformedData:
            self._skip_flag()
            return
        del self._buffer[: length + 1]
        yield frame

    def _start_at_flag(self) -> bool:
        start = self._buffer.find(FLAG)
        if start < 0:
            self._buffer.clear()
            return False
        del self._buffer[:start]
        while len(self._buffer) > 1 and self._buffer[1] == FLAG:
            del self._buffer[0]
        return len(self._buffer) > 1

    def _skip_flag(self) -> None:
        del self._buffer[0]
