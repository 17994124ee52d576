"""The server's end of an HDLC connection: it answers when polled, in windows of up to seven frames."""

from collections.abc import Callable, Iterable

from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.deframer import Deframer
from agent.dlms.hdlc.events import LLC_COMMAND, LLC_RESPONSE
from agent.dlms.hdlc.frame import FLAG, Frame, FrameKind, encode_frame
from agent.dlms.hdlc.parameters import LinkParameters, decode_parameters, encode_parameters, negotiate
from agent.dlms.hdlc.rejection import Reason
from agent.dlms.hdlc.segments import Assembly
from agent.dlms.hdlc.states import SERVER, HdlcState
from agent.dlms.hdlc.window import Incoming, Outgoing
from agent.domain.errors import MalformedData

LLC_OCTETS = len(LLC_RESPONSE)


class ServerLink:
    """Octets in, octets out; times are seconds.

    `answer(client_sap, apdu)` gives the APDUs to send in return, or none; `on_released` is called when a connection
    ends, or begins anew. After `inactivity_timeout` of silence there is no connection any more; 0 is for ever.
    """

    def __init__(
        self,
        upper: int,
        lower: int,
        own: LinkParameters,
        inter_octet_timeout: float,
        answer: Callable[[int, bytes], Iterable[bytes]],
        on_released: Callable[[], None],
        inactivity_timeout: float = 0.0,
    ) -> None:
        self.state = HdlcState.DISCONNECTED
        self.parameters = LinkParameters()
        self._upper, self._lower, self._own = upper, lower, own
        self._inter_octet_timeout, self._inactivity_timeout = inter_octet_timeout, inactivity_timeout
        self._last_octet_at = 0.0
        self._answer, self._on_released = answer, on_released
        self._deframer = Deframer()
        self._assembly = Assembly()
        self._outgoing, self._incoming = Outgoing(self.parameters.transmit_window), Incoming()
        self._out = bytearray()
        self._peer: Address | None = None

    @property
    def is_connected(self) -> bool:
        """Whether a client has a connection now."""
        return self.state is HdlcState.CONNECTED

    def apdus_in_a_row(self, octets: int) -> int:
        """How many APDUs of that length one window of frames carries; 0 if none."""
        frames = -(-(octets + LLC_OCTETS) // self.parameters.transmit_info)
        return self.parameters.transmit_window // frames

    def receive(self, data: bytes, now: float) -> None:
        """Takes octets from a client."""
        self.let_time_pass(now)
        if now - self._last_octet_at > self._inter_octet_timeout:
            self._deframer.reset()
        self._last_octet_at = now
        for frame in self._deframer.feed(data):
            if self._is_ours(frame.destination) and frame.source.size == 1:
                self._take(frame)

    def let_time_pass(self, now: float) -> None:
        """Ends the connection if nothing has come for too long."""
        silence = now - self._last_octet_at
        if self.state is HdlcState.CONNECTED and 0 < self._inactivity_timeout < silence:
            self.state = HdlcState.DISCONNECTED
            self._on_released()

    def data_to_send(self) -> bytes:
        """Octets to be sent, each given once."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def _is_ours(self, address: Address) -> bool:
        return address.upper == self._upper and (address.size == 1 or address.lower == self._lower)

    def _take(self, frame: Frame) -> None:
        state = SERVER.get((self.state, frame.kind))
        if state is None or (not frame.final and frame.kind is not FrameKind.I):
            return
        before, self.state = self.state, state
        if frame.kind is FrameKind.SNRM:
            self._connect(frame)
        elif frame.kind is FrameKind.DISC:
            self._on_released()
            self._reply(frame, FrameKind.UA if before is HdlcState.CONNECTED else FrameKind.DM)
        elif before is HdlcState.DISCONNECTED or frame.source != self._peer:
            if frame.final:
                self._reply(frame, FrameKind.DM)
        elif reasons := self._faults(frame):
            self._reject(frame, reasons)
        else:
            self._exchange(frame)

    def _faults(self, frame: Frame) -> int:
        """What makes the frame unacceptable, as FRMR says it; 0 if nothing does."""
        if frame.kind is FrameKind.UNKNOWN:
            return Reason.CONTROL_INVALID
        too_long = len(frame.information) > self.parameters.receive_info
        return too_long * Reason.TOO_LONG | self._outgoing.never_sent(frame.nr) * Reason.NR_INVALID

    def _connect(self, frame: Frame) -> None:
        try:
            proposed = decode_parameters(frame.information)
        except MalformedData:
            self.state = HdlcState.DISCONNECTED
            self._reply(frame, FrameKind.DM)
            return
        self._on_released()
        self._peer = frame.source
        self.parameters = negotiate(self._own, proposed)
        self._outgoing, self._incoming = Outgoing(self.parameters.transmit_window), Incoming()
        self._assembly.clear()
        self._reply(frame, FrameKind.UA, encode_parameters(self.parameters))

    def _reject(self, frame: Frame, reasons: int) -> None:
        """FRMR: the rejected control field, our state variables, and why (ISO/IEC 13239:2002, 5.5.3.4).

        Of a frame that does not poll nothing is taken, which the answer to the next poll tells.
        """
        if not frame.final:
            return
        self.state = HdlcState.DISCONNECTED
        self._on_released()
        variables = self._incoming.due << 5 | self._outgoing.next_number << 1
        self._reply(frame, FrameKind.FRMR, bytes((frame.control, variables, reasons)))

    def _exchange(self, frame: Frame) -> None:
        self._outgoing.acknowledge(frame.nr)
        if frame.kind is FrameKind.I and self._incoming.accepts(frame.ns):
            self._take_segment(frame)
        if frame.final:
            self._take_turn(frame, peer_busy=frame.kind is FrameKind.RNR)

    def _take_segment(self, frame: Frame) -> None:
        self._outgoing.drop()
        try:
            whole = self._assembly.add(frame.information, last=not frame.segmented)
        except MalformedData:
            return
        if whole is None or not whole.startswith(LLC_COMMAND):
            return
        for apdu in self._answer(frame.source.upper, whole[len(LLC_COMMAND) :]):
            self._outgoing.load(LLC_RESPONSE + apdu, self.parameters.transmit_info)

    def _take_turn(self, poll: Frame, *, peer_busy: bool) -> None:
        segments = [] if peer_busy else self._outgoing.burst()
        if not segments:
            self._reply(poll, FrameKind.RR)
        for segment in segments:
            self._send(
                Frame(
                    FrameKind.I,
                    poll.source,
                    poll.destination,
                    segment.ns,
                    self._incoming.due,
                    final=segment is segments[-1],
                    information=segment.information,
                    segmented=segment.more,
                )
            )

    def _reply(self, request: Frame, kind: FrameKind, information: bytes = b"") -> None:
        nr = self._incoming.due if kind is FrameKind.RR else 0
        self._send(Frame(kind, request.source, request.destination, nr=nr, information=information))

    def _send(self, frame: Frame) -> None:
        """Consecutive frames share a flag."""
        octets = encode_frame(frame)
        self._out += octets[1:] if self._out and self._out[-1] == FLAG else octets
