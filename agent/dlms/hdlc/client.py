"""The client's end of an HDLC connection: window 1, one resend after a silence."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.deframer import Deframer
from agent.dlms.hdlc.frame import Frame, Kind, encode_frame
from agent.dlms.hdlc.parameters import LinkParameters, decode_parameters, encode_parameters, negotiate
from agent.dlms.hdlc.segments import Assembly, cut
from agent.dlms.hdlc.states import CLIENT, Input, LinkState
from agent.domain.errors import EplusError, LocalProtocolError, MalformedData, NoAnswer, RemoteProtocolError

LLC_COMMAND = b"\xe6\xe6\x00"
LLC_RESPONSE = b"\xe6\xe7\x00"
BUSY_POLL_SECONDS = 0.3


@dataclass(frozen=True)
class LinkUp:
    pass


@dataclass(frozen=True)
class LinkDown:
    pass


@dataclass(frozen=True)
class ApduReceived:
    apdu: bytes


@dataclass(frozen=True)
class LinkFailed:
    error: EplusError


LinkEvent = LinkUp | LinkDown | ApduReceived | LinkFailed


class ClientLink:
    """Octets in, events out; `now` is monotonic seconds. One request is under way at a time."""

    _send_number: int
    _receive_number: int
    _segments: deque[bytes]
    _pending: Frame | None
    _sent_information: Frame | None
    _due: float | None
    _resends_left: int
    _busy: bool
    _heard: bool

    def __init__(
        self,
        client: Address,
        server: Address,
        own: LinkParameters,
        response_timeout: float,
        resends: int,
        trace: Callable[[str, str], None],
    ) -> None:
        self.state = LinkState.DISCONNECTED
        self.parameters = LinkParameters()
        self._client, self._server, self._own = client, server, own
        self._response_timeout, self._resends = response_timeout, resends
        self._trace = trace
        self._deframer = Deframer()
        self._assembly = Assembly()
        self._events: deque[LinkEvent] = deque()
        self._out = bytearray()
        self._reset()

    def connect(self, now: float) -> None:
        self._move(Input.CONNECT)
        self._reset()
        self._ask(Kind.SNRM, now, information=encode_parameters(self._own))

    def send(self, apdu: bytes, now: float) -> None:
        """Sends an APDU; its answer comes as `ApduReceived`."""
        if self.state is not LinkState.CONNECTED or self._pending is not None:
            raise LocalProtocolError("the link cannot take a request now")
        self._assembly.clear()
        self._segments.extend(cut(LLC_COMMAND + apdu, self.parameters.transmit_info))
        self._send_segment(now)

    def disconnect(self, now: float) -> None:
        """Says DISC, whatever went before; `LinkDown` follows, or `LinkFailed`."""
        self._move(Input.DISCONNECT)
        self._segments.clear()
        self._ask(Kind.DISC, now)

    def receive(self, data: bytes, now: float) -> None:
        self._heard = self._heard or bool(data)
        for frame in self._deframer.feed(data):
            if frame.destination == self._client and frame != self._sent_information:
                self._trace("←", str(frame))
                self._take(frame, now)

    def handle_timer(self, now: float) -> None:
        if self._due is None or now < self._due:
            return
        self._deframer.reset()
        if self._busy:
            self._busy = False
            self._poll(now)
        elif self._pending is not None and self._resends_left > 0:
            self._resends_left -= 1
            self._trace("→", f"{self._pending} again")
            self._transmit(self._pending, now)
        else:
            self.give_up()

    def give_up(self) -> None:
        """No more waiting: `LinkFailed` with `NoAnswer`, or `garbage-answer` if anything was heard at all."""
        self._pending, self._due = None, None
        self.state = CLIENT.get((self.state, Input.GIVE_UP), self.state)
        error = RemoteProtocolError(code="garbage-answer") if self._heard else NoAnswer()
        self._events.append(LinkFailed(error))

    def next_timer(self) -> float | None:
        return self._due

    def data_to_send(self) -> bytes:
        data = bytes(self._out)
        self._out.clear()
        return data

    def next_event(self) -> LinkEvent | None:
        return self._events.popleft() if self._events else None

    # ── frames that come ──

    def _take(self, frame: Frame, now: float) -> None:
        state = CLIENT.get((self.state, frame.kind))
        if state is None:
            return
        before, self.state = self.state, state
        try:
            self._react(before, frame, now)
        except MalformedData as error:
            self._settle()
            self._events.append(LinkFailed(error))

    def _react(self, before: LinkState, frame: Frame, now: float) -> None:
        if before is LinkState.CONNECTING and frame.kind is Kind.UA:
            self.parameters = negotiate(self._own, decode_parameters(frame.information))
            self._settle()
            self._events.append(LinkUp())
        elif before is LinkState.DISCONNECTING:
            self._settle()
            self._events.append(LinkDown())
        elif frame.kind in (Kind.DM, Kind.FRMR):
            self._settle()
            self._events.append(LinkFailed(RemoteProtocolError(f"the meter answered {frame.kind.name}")))
        elif self._pending is not None:
            self._exchange(frame, now)

    def _exchange(self, frame: Frame, now: float) -> None:
        """I, RR or RNR while we wait for an answer."""
        if frame.nr == self._send_number and self._sent_information is not None:
            self._sent_information = None
        if frame.kind is Kind.I:
            self._take_information(frame, now)
        elif frame.kind is Kind.RNR:
            self._wait_while_busy(now)
        elif self._sent_information is not None:
            return
        elif self._segments:
            self._send_segment(now)
        else:
            self._wait_while_busy(now)

    def _take_information(self, frame: Frame, now: float) -> None:
        if self._sent_information is not None:
            return  # an answer to something earlier, come late
        if frame.ns != self._receive_number:
            return  # a repetition: polling again here would double every frame from now on
        self._receive_number = (self._receive_number + 1) % 8
        whole = self._assembly.add(frame.information, last=not frame.segmented)
        if whole is None:
            self._poll(now)
            return
        self._settle()
        if not whole.startswith(LLC_RESPONSE):
            raise MalformedData("no LLC header")
        self._events.append(ApduReceived(whole[len(LLC_RESPONSE) :]))

    # ── frames that go ──

    def _send_segment(self, now: float) -> None:
        information = self._segments.popleft()
        frame = Frame(
            Kind.I,
            self._server,
            self._client,
            ns=self._send_number,
            nr=self._receive_number,
            information=information,
            segmented=bool(self._segments),
        )
        self._send_number = (self._send_number + 1) % 8
        self._sent_information = frame
        self._request(frame, now)

    def _poll(self, now: float) -> None:
        self._ask(Kind.RR, now)

    def _ask(self, kind: Kind, now: float, information: bytes = b"") -> None:
        self._request(Frame(kind, self._server, self._client, nr=self._receive_number, information=information), now)

    def _request(self, frame: Frame, now: float) -> None:
        self._trace("→", str(frame))
        self._resends_left = self._resends
        self._heard = False
        self._transmit(frame, now)

    def _transmit(self, frame: Frame, now: float) -> None:
        self._pending = frame
        self._busy = False
        self._out += encode_frame(frame)
        self._due = now + self._response_timeout

    def _wait_while_busy(self, now: float) -> None:
        self._busy = True
        self._due = now + BUSY_POLL_SECONDS

    def _settle(self) -> None:
        self._pending, self._due, self._busy = None, None, False

    def _move(self, what: Input) -> None:
        state = CLIENT.get((self.state, what))
        if state is None:
            raise LocalProtocolError(f"{what.name} while {self.state.name}")
        self.state = state

    def _reset(self) -> None:
        self._send_number = self._receive_number = 0
        self._segments = deque()
        self._pending = None
        self._sent_information = None
        self._due = None
        self._resends_left = 0
        self._busy = False
        self._heard = False
        self._deframer.reset()
        self._assembly.clear()
