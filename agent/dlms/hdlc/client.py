"""The client's end of an HDLC connection: it polls, the meter answers, both in windows of up to seven frames.

After a silence, RR asks how far the meter is before anything is sent again. So no request is carried out twice,
and none that has arrived is repeated.
"""

from collections import deque
from collections.abc import Callable
from math import inf

from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.client_wire import ClientWire
from agent.dlms.hdlc.events import LinkDown, LinkEvent, LinkFailed, LinkTimes, LinkUp, SegmentReceived
from agent.dlms.hdlc.frame import Frame, FrameKind
from agent.dlms.hdlc.parameters import LinkParameters, encode_parameters, negotiate, read_granted
from agent.dlms.hdlc.polling import Polling
from agent.dlms.hdlc.rejection import rejection
from agent.dlms.hdlc.states import CLIENT, HdlcState, Input
from agent.dlms.hdlc.transfer import Transfer
from agent.domain.errors import LocalProtocolError, RemoteProtocolError


class ClientLink:
    """Octets in, events out; `now` is monotonic seconds. At most one APDU is awaited at a time.

    `last_sign` is when the server last showed that it is there: by a sound frame, or by octets of one whose header is
    sound; noise does not count. `trace` gets a direction (`→` or `←`) and a frame as text.
    """

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
        self.last_sign = -inf
        self._own = own
        self._times = times
        self._wire = ClientWire(client, server, trace, times.before_frame)
        self._polling = Polling(times)
        self._transfer = Transfer(self._wire, self._polling, self.parameters)
        self._events: deque[LinkEvent] = deque()

    # ── what the layer above does ──

    def connect(self, now: float) -> None:
        """Sends SNRM; `LinkUp` follows, or `LinkFailed`.

        Raises:
            LocalProtocolError: the link is not disconnected.
        """
        self._move(Input.CONNECT)
        self._wire.drop_unfinished()
        self._wire.be_quiet(now + self._times.before_connect)
        self._command(FrameKind.SNRM, encode_parameters(self._own), now)

    def send(self, apdu: bytes, now: float) -> None:
        """Sends an APDU; its answer arrives as `SegmentReceived` events. What came before was not asked for, and goes.

        Raises:
            LocalProtocolError: the link is not connected, or an APDU is awaited already.
            RemoteProtocolError: an APDU comes in that was not asked for.
        """
        self._require_connected_and_idle()
        self._events = deque(event for event in self._events if not isinstance(event, SegmentReceived))
        self._transfer.send(apdu, now)

    def await_more(self, now: float) -> None:
        """Awaits one more APDU, without a request.

        Raises:
            LocalProtocolError: the link is not connected, or an APDU is awaited already.
            RemoteProtocolError: an APDU comes in that was not asked for.
        """
        self._require_connected_and_idle()
        self._transfer.await_apdu(now)

    @property
    def is_connected(self) -> bool:
        """Whether APDUs can be sent."""
        return self.state is HdlcState.CONNECTED

    @property
    def is_at_rest(self) -> bool:
        """Connected, and nothing is awaited."""
        return self.state is HdlcState.CONNECTED and not self._transfer.is_awaiting and self._polling.unanswered == 0

    def disconnect(self, now: float) -> None:
        """Sends DISC, whatever went before; `LinkDown` follows, or `LinkFailed`."""
        self._move(Input.DISCONNECT)
        self._command(FrameKind.DISC, b"", now)

    def give_up(self, now: float) -> None:
        """Stops waiting: `LinkFailed` with `NoAnswer`; `garbage-answer` if only garbage arrived, `answer-missing` if
        the server has just been heard."""
        self._fail(self._wire.no_answer(now - self.last_sign))

    # ── octets and time ──

    def receive(self, data: bytes, now: float) -> None:
        """Takes octets from the server; results are given by `next_event`."""
        if not data:
            return
        self._polling.octets_received(now)
        for frame in self._wire.receive(data, now):
            self.last_sign = now
            self._take(frame, now)
        if self._wire.is_inside_frame:
            self.last_sign = now

    def handle_timer(self, now: float) -> None:
        """Sends what had to wait, polls again, or fails, once `next_timer` is reached."""
        self._wire.release(now)
        if self._polling.due is None or now < self._polling.due:
            return
        try:
            if self._polling.is_pausing:
                self._transfer.resume(now)
            else:
                self._end_silence(now)
        except RemoteProtocolError as error:
            self._fail(error)

    def next_timer(self) -> float | None:
        """When `handle_timer` is to be called; None if nothing is awaited."""
        times = [time for time in (self._polling.due, self._wire.release_at) if time is not None]
        return min(times, default=None)

    def data_to_send(self) -> bytes:
        """Octets to be sent, each given once."""
        return self._wire.data_to_send()

    def next_event(self) -> LinkEvent | None:
        """The oldest event that was not taken yet."""
        return self._events.popleft() if self._events else None

    # ── what frames and silences lead to ──

    def _take(self, frame: Frame, now: float) -> None:
        state = CLIENT.get((self.state, frame.kind))
        if state is None:
            return
        before, self.state = self.state, state
        try:
            self._react(before, frame, now)
        except RemoteProtocolError as error:
            self._fail(error)

    def _react(self, before: HdlcState, frame: Frame, now: float) -> None:
        if before is HdlcState.CONNECTING and frame.kind is FrameKind.UA:
            self.parameters = negotiate(self._own, read_granted(frame.information))
            self._transfer = Transfer(self._wire, self._polling, self.parameters)
            self._polling.rest()
            self._wire.be_quiet(now + self._times.after_connect)
            self._events.append(LinkUp())
        elif before is HdlcState.DISCONNECTING:
            self._polling.rest()
            self._events.append(LinkDown())
        elif frame.kind is FrameKind.FRMR:
            raise rejection(frame.information)
        elif frame.kind is FrameKind.DM:
            code = "connection-denied" if before is HdlcState.CONNECTING else "connection-ended"
            raise RemoteProtocolError("the meter answered DM", code=code)
        elif segment := self._transfer.receive(frame, now):
            self._events.append(segment)

    def _end_silence(self, now: float) -> None:
        self._wire.drop_unfinished()
        if not self._polling.use_silence():
            raise self._wire.no_answer(now - self.last_sign)
        if self.state is HdlcState.CONNECTED:
            self._transfer.poll(now)
        else:
            self._polling.poll_sent(self._wire.repeat_command(now))

    def _command(self, kind: FrameKind, information: bytes, now: float) -> None:
        self._wire.begin_listening()
        self._polling.rest()
        self._polling.allow_retries()
        self._polling.poll_sent(self._wire.send_command(kind, information, now))

    # ── states ──

    def _require_connected_and_idle(self) -> None:
        is_awaiting = self._transfer.is_awaiting
        if is_awaiting and self._transfer.is_unasked:
            raise RemoteProtocolError("an APDU comes in that was not asked for")
        if self.state is not HdlcState.CONNECTED or is_awaiting:
            raise LocalProtocolError("the link is not connected and idle")

    def _fail(self, error: RemoteProtocolError) -> None:
        """Once an exchange has failed, numbers of the two ends may differ: only DISC or SNRM can follow."""
        self._polling.rest()
        self.state = CLIENT.get((self.state, Input.GIVE_UP), self.state)
        self._events.append(LinkFailed(error))

    def _move(self, what: Input) -> None:
        state = CLIENT.get((self.state, what))
        if state is None:
            raise LocalProtocolError(f"{what.name} while {self.state.name}")
        self.state = state
