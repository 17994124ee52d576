"""The client's end of an HDLC connection: it polls, the meter answers, both in windows of up to seven frames.

After a silence an RR asks how far the meter is, before anything is sent again. So no request is carried out
twice, and none is repeated that has arrived.
"""

from collections import deque
from collections.abc import Callable

from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.deframer import Deframer
from agent.dlms.hdlc.events import (
    LLC_COMMAND,
    LLC_RESPONSE,
    LinkDown,
    LinkEvent,
    LinkFailed,
    LinkTimes,
    LinkUp,
    SegmentReceived,
)
from agent.dlms.hdlc.frame import Frame, FrameKind, encode_frame
from agent.dlms.hdlc.parameters import LinkParameters, decode_parameters, encode_parameters, negotiate
from agent.dlms.hdlc.states import CLIENT, HdlcState, Input
from agent.dlms.hdlc.window import Incoming, Outgoing
from agent.domain.errors import EplusError, LocalProtocolError, MalformedData, NoAnswer, RemoteProtocolError

PAUSE_SECONDS = 0.3
"""Between polls of a meter that is busy, and for late answers to an earlier poll."""


class ClientLink:
    """Octets in, events out; `now` is monotonic seconds. One APDU is under way at a time."""

    _last_command: Frame | None
    _echoes: deque[Frame]
    _due: float | None
    _silences_left: int
    _repeats_left: int
    _unanswered: int
    _awaiting: bool
    _at_start: bool
    _peer_busy: bool
    _progress: bool
    _gap: bool
    _pausing: bool
    _garbage: bool

    def __init__(
        self,
        client: Address,
        server: Address,
        own: LinkParameters,
        times: LinkTimes,
        trace: Callable[[str, str], None],
    ) -> None:
        self.state = HdlcState.DISCONNECTED
        self.parameters = LinkParameters()
        self._client, self._server, self._own, self._times = client, server, own, times
        self._trace = trace
        self._deframer = Deframer()
        self._outgoing, self._incoming = Outgoing(), Incoming()
        self._events: deque[LinkEvent] = deque()
        self._out = bytearray()
        self._echoing = False
        self._reset()

    # ── what the layer above does ──

    def connect(self, now: float) -> None:
        self._move(Input.CONNECT)
        self._reset()
        self._command(FrameKind.SNRM, encode_parameters(self._own), now)

    def send(self, apdu: bytes, now: float) -> None:
        """Sends an APDU; its answer comes in `SegmentReceived`s."""
        if self.state is not HdlcState.CONNECTED or self._awaiting:
            raise LocalProtocolError("the link cannot take a request now")
        self._outgoing.load(LLC_COMMAND + apdu, self.parameters.transmit_info)
        self._await(now)

    def await_more(self, now: float) -> None:
        """One more APDU is to come, without a request."""
        if self.state is not HdlcState.CONNECTED or self._awaiting:
            raise LocalProtocolError("the link is not at rest")
        self._await(now)

    @property
    def is_at_rest(self) -> bool:
        """Connected, and nothing is awaited."""
        return self.state is HdlcState.CONNECTED and not self._awaiting and self._unanswered == 0

    def disconnect(self, now: float) -> None:
        """Says DISC, whatever went before; `LinkDown` follows, or `LinkFailed`."""
        self._move(Input.DISCONNECT)
        self._outgoing.drop()
        self._awaiting = True
        self._command(FrameKind.DISC, b"", now)

    def give_up(self) -> None:
        """No more waiting: `LinkFailed` with `NoAnswer`, or `garbage-answer` if nothing but garbage came."""
        self._fail(RemoteProtocolError(code="garbage-answer") if self._garbage else NoAnswer())

    # ── octets and time ──

    def receive(self, data: bytes, now: float) -> None:
        if not data:
            return
        self._garbage = True
        if self._due is not None and not self._pausing:
            self._due = max(self._due, now + self._times.inter_octet)
        for frame in self._deframer.feed(data):
            if self._is_for_us(frame):
                self._garbage = False
                self._trace("←", str(frame))
                self._take(frame, now)

    def handle_timer(self, now: float) -> None:
        if self._due is None or now < self._due:
            return
        if self._pausing:
            self._unanswered = 0
            if self._peer_busy or not self._outgoing or self._may_repeat():
                self._take_turn(now)
            return
        self._deframer.reset()
        if self._silences_left == 0:
            self.give_up()
            return
        self._silences_left -= 1
        again = self._last_command if self.state is not HdlcState.CONNECTED else None
        self._transmit([again or self._frame(FrameKind.RR)], now)

    def next_timer(self) -> float | None:
        return self._due

    def data_to_send(self) -> bytes:
        data = bytes(self._out)
        self._out.clear()
        return data

    def next_event(self) -> LinkEvent | None:
        return self._events.popleft() if self._events else None

    # ── frames that come ──

    def _is_for_us(self, frame: Frame) -> bool:
        """Leaves out the echo of an optical head, which is learned from SNRM: nobody else says that."""
        if frame.kind in (FrameKind.SNRM, FrameKind.DISC):
            self._echoing = self._echoing or frame == self._last_command
            return False
        if frame.destination != self._client or frame.source.upper != self._server.upper:
            return False
        if self._echoing and self._echoes and frame == self._echoes[0]:
            self._echoes.popleft()
            return False
        return True

    def _take(self, frame: Frame, now: float) -> None:
        state = CLIENT.get((self.state, frame.kind))
        if state is None:
            return
        before, self.state = self.state, state
        try:
            self._react(before, frame, now)
        except MalformedData as error:
            self._fail(error)

    def _react(self, before: HdlcState, frame: Frame, now: float) -> None:
        if before is HdlcState.CONNECTING and frame.kind is FrameKind.UA:
            self.parameters = negotiate(self._own, decode_parameters(frame.information))
            self._outgoing.reset(self.parameters.transmit_window)
            self._rest()
            self._events.append(LinkUp())
        elif before is HdlcState.DISCONNECTING:
            self._rest()
            self._events.append(LinkDown())
        elif frame.kind in (FrameKind.DM, FrameKind.FRMR):
            self._fail(RemoteProtocolError(f"the meter answered {frame.kind.name}"))
        else:
            self._exchange(frame, now)

    def _exchange(self, frame: Frame, now: float) -> None:
        """I, RR or RNR; the final one gives us the turn."""
        self._silences_left = self._times.retries
        progress = self._outgoing.acknowledge(frame.nr)
        self._peer_busy = frame.kind is FrameKind.RNR
        if frame.kind is FrameKind.I and self._incoming.accepts(frame.ns):
            progress = True
            self._take_segment(frame)
        elif frame.kind is FrameKind.I and not self._incoming.is_ahead(frame.ns, self.parameters.receive_window):
            return  # a repetition: polling again here would double every frame from now on
        elif frame.kind is FrameKind.I:
            self._gap = True
        if progress:
            self._progress = True
            self._repeats_left = self._times.retries
        if frame.final:
            self._turn_comes(now)
        elif self._due is not None:
            self._due = now + self._times.inter_octet

    def _take_segment(self, frame: Frame) -> None:
        if self._outgoing:
            return  # an answer to something earlier, come late
        content = frame.information
        if self._at_start:
            if not content.startswith(LLC_RESPONSE):
                raise MalformedData("no LLC header")
            content = content[len(LLC_RESPONSE) :]
        self._at_start = not frame.segmented
        self._awaiting = frame.segmented
        self._events.append(SegmentReceived(content, last=not frame.segmented))

    def _turn_comes(self, now: float) -> None:
        self._unanswered = max(0, self._unanswered - 1)
        if not self._awaiting:
            self._rest()
        elif self._unanswered or self._peer_busy or not (self._progress or self._gap):
            self._pausing = True
            self._due = now + PAUSE_SECONDS
        elif self._progress or self._may_repeat():
            self._take_turn(now)

    # ── frames that go ──

    def _await(self, now: float) -> None:
        self._awaiting = self._at_start = True
        self._garbage = False
        self._silences_left = self._repeats_left = self._times.retries
        if self._unanswered == 0:
            self._take_turn(now)
        elif self._due is None:
            self._due = now + self._times.inter_octet

    def _take_turn(self, now: float) -> None:
        segments = [] if self._peer_busy else self._outgoing.burst()
        frames = [
            self._frame(FrameKind.I, segment.ns, segment.information, segment.more, final=segment is segments[-1])
            for segment in segments
        ]
        self._transmit(frames or [self._frame(FrameKind.RR)], now)

    def _command(self, kind: FrameKind, information: bytes, now: float) -> None:
        self._garbage = False
        self._silences_left = self._repeats_left = self._times.retries
        self._unanswered = 0
        self._last_command = Frame(kind, self._server, self._client, information=information)
        self._transmit([self._last_command], now)

    def _transmit(self, frames: list[Frame], now: float) -> None:
        for frame in frames:
            self._trace("→", str(frame))
            self._out += encode_frame(frame)
        self._echoes = deque(frames)
        self._unanswered += 1
        self._progress = self._gap = self._pausing = False
        self._due = now + self._times.response

    def _frame(
        self, kind: FrameKind, ns: int = 0, information: bytes = b"", more: bool = False, *, final: bool = True
    ) -> Frame:
        return Frame(kind, self._server, self._client, ns, self._incoming.due, final, information, more)

    # ── states ──

    def _may_repeat(self) -> bool:
        """Whether segments may be sent or asked for once more; gives up if not."""
        if self._repeats_left == 0:
            self.give_up()
            return False
        self._repeats_left -= 1
        return True

    def _fail(self, error: EplusError) -> None:
        """Once an exchange has failed, numbers of the two ends may differ: only DISC or SNRM can follow."""
        self._rest()
        self._outgoing.drop()
        self.state = CLIENT.get((self.state, Input.GIVE_UP), self.state)
        self._events.append(LinkFailed(error))

    def _move(self, what: Input) -> None:
        state = CLIENT.get((self.state, what))
        if state is None:
            raise LocalProtocolError(f"{what.name} while {self.state.name}")
        self.state = state

    def _rest(self) -> None:
        self._awaiting = self._pausing = False
        self._unanswered = 0
        self._due = None

    def _reset(self) -> None:
        self._outgoing.reset(window=1)
        self._incoming.reset()
        self._deframer.reset()
        self._last_command = None
        self._echoes = deque()
        self._due = None
        self._silences_left = self._repeats_left = 0
        self._unanswered = 0
        self._awaiting = self._at_start = self._peer_busy = False
        self._progress = self._gap = self._pausing = self._garbage = False
