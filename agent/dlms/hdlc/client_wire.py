"""Frames of a client to and from one server, as octets on the wire."""

from collections import deque
from collections.abc import Callable, Iterator

from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.deframer import Deframer
from agent.dlms.hdlc.frame import Frame, FrameKind, encode_frame
from agent.domain.errors import NoAnswer, RemoteProtocolError

_JUST_NOW_SECONDS = 5.0


class ClientWire:
    """Encodes frames for the server and decodes those for the client; leaves out the echo of an optical head.

    Frames wait until the line has been quiet for as long as the meter needs; `release_at` is when the next octets go.
    `trace` gets `→` or `←` and each frame as text.
    """

    def __init__(
        self, client: Address, server: Address, trace: Callable[[str, str], None], before_frame: float = 0.0
    ) -> None:
        self.release_at: float | None = None
        self._client, self._server = client, server
        self._trace = trace
        self._deframer = Deframer()
        self._before_frame = before_frame
        self._quiet_until = 0.0
        self._out, self._held = bytearray(), bytearray()
        self._command: Frame | None = None
        self._echoes: deque[Frame] = deque()
        self._has_echo = False
        self._only_garbage = False

    def frame(
        self,
        kind: FrameKind,
        ns: int = 0,
        nr: int = 0,
        information: bytes = b"",
        *,
        final: bool = True,
        segmented: bool = False,
    ) -> Frame:
        """A frame addressed to the server."""
        return Frame(kind, self._server, self._client, ns, nr, final, information, segmented)

    def be_quiet(self, until: float) -> None:
        """Nothing is sent before that time."""
        self._quiet_until = max(self._quiet_until, until)

    def send(self, frames: list[Frame], now: float) -> float:
        """Puts frames on the wire, instead of any that still wait; the last one is final. Returns when they go."""
        self._held.clear()
        at = max(now, self._quiet_until)
        self.release_at = at if at > now else None
        out = self._out if self.release_at is None else self._held
        for frame in frames:
            self._trace("→", str(frame))
            out += encode_frame(frame)
        self._echoes = deque(frames)
        return at

    def release(self, now: float) -> None:
        """Lets go what has waited long enough."""
        if self.release_at is not None and now >= self.release_at:
            self._out += self._held
            self._held.clear()
            self.release_at = None

    def send_command(self, kind: FrameKind, information: bytes, now: float) -> float:
        """SNRM or DISC. Returns when it goes."""
        self._command = self.frame(kind, information=information)
        return self.send([self._command], now)

    def repeat_command(self, now: float) -> float:
        """The last SNRM or DISC once more. Returns when it goes."""
        return now if self._command is None else self.send([self._command], now)

    def data_to_send(self) -> bytes:
        """Octets to be sent, each given once."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def receive(self, data: bytes, now: float) -> Iterator[Frame]:
        """Frames from the server to the client that these octets complete, while they are asked for."""
        self.be_quiet(now + self._before_frame)
        self._only_garbage = True
        for frame in self._deframer.feed(data):
            if self._is_for_client(frame):
                self._only_garbage = False
                self._trace("←", str(frame))
                yield frame

    @property
    def is_inside_frame(self) -> bool:
        """Whether a frame is coming in."""
        return self._deframer.is_inside_frame

    def drop_unfinished(self) -> None:
        """Forgets a frame that did not arrive whole."""
        self._deframer.reset()

    def begin_listening(self) -> None:
        """From now on octets count as garbage if no frame is found in them."""
        self._only_garbage = False

    def no_answer(self, silence: float) -> RemoteProtocolError:
        """The error for a server that does not answer: `garbage-answer` if only garbage arrived; `answer-missing` if
        it was heard all the same, so many seconds ago; else `NoAnswer`."""
        if self._only_garbage:
            return RemoteProtocolError(code="garbage-answer")
        if silence < _JUST_NOW_SECONDS:
            return RemoteProtocolError("frames, but no answer", code="answer-missing")
        return NoAnswer()

    def _is_for_client(self, frame: Frame) -> bool:
        """False for echoes. Only an optical head returns SNRM and DISC, and so shows that it echoes."""
        if frame.kind in (FrameKind.SNRM, FrameKind.DISC):
            self._has_echo = self._has_echo or frame == self._command
            return False
        if frame.destination != self._client or frame.source.upper != self._server.upper:
            return False
        if self._has_echo and self._echoes and frame == self._echoes[0]:
            self._echoes.popleft()
            return False
        return True
