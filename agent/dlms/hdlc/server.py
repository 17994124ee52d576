"""The server's end of an HDLC connection: answers, never begins; window 1."""

from collections import deque
from collections.abc import Callable

from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.client import LLC_COMMAND, LLC_RESPONSE
from agent.dlms.hdlc.deframer import Deframer
from agent.dlms.hdlc.frame import Frame, Kind, encode_frame
from agent.dlms.hdlc.parameters import LinkParameters, decode_parameters, encode_parameters, negotiate
from agent.dlms.hdlc.segments import Assembly, cut
from agent.dlms.hdlc.states import SERVER, LinkState
from agent.domain.errors import MalformedData


class ServerLink:
    """Octets in, octets out. `answer(client_sap, apdu)` gives the response APDU, or None for silence."""

    _send_number: int
    _receive_number: int
    _segments: deque[bytes]
    _unacknowledged: Frame | None

    def __init__(
        self,
        upper: int,
        lower: int,
        own: LinkParameters,
        answer: Callable[[int, bytes], bytes | None],
        released: Callable[[], None],
    ) -> None:
        self.state = LinkState.DISCONNECTED
        self.parameters = LinkParameters()
        self._upper, self._lower, self._own = upper, lower, own
        self._answer, self._released = answer, released
        self._deframer = Deframer()
        self._assembly = Assembly()
        self._out = bytearray()
        self._peer: Address | None = None
        self._reset()

    def receive(self, data: bytes) -> None:
        for frame in self._deframer.feed(data):
            if self._is_ours(frame.destination):
                self._take(frame)

    def data_to_send(self) -> bytes:
        data = bytes(self._out)
        self._out.clear()
        return data

    def _is_ours(self, address: Address) -> bool:
        return address.upper == self._upper and (address.size == 1 or address.lower == self._lower)

    def _take(self, frame: Frame) -> None:
        state = SERVER.get((self.state, frame.kind))
        if state is None or not frame.final:
            return
        before, self.state = self.state, state
        if frame.kind is Kind.SNRM:
            self._connect(frame)
        elif frame.kind is Kind.DISC:
            self._released()
            self._reply(frame, Kind.UA if before is LinkState.CONNECTED else Kind.DM)
        elif before is LinkState.DISCONNECTED or frame.source != self._peer:
            self._reply(frame, Kind.DM)
        else:
            self._exchange(frame)

    def _connect(self, frame: Frame) -> None:
        try:
            asked = decode_parameters(frame.information)
        except MalformedData:
            self.state = LinkState.DISCONNECTED
            self._reply(frame, Kind.DM)
            return
        self._released()
        self._reset()
        self._peer = frame.source
        self.parameters = negotiate(self._own, asked)
        self._reply(frame, Kind.UA, encode_parameters(self.parameters))

    def _exchange(self, frame: Frame) -> None:
        if self._unacknowledged is not None and frame.nr == (self._unacknowledged.ns + 1) % 8:
            self._unacknowledged = None
        if frame.kind is Kind.I and frame.ns == self._receive_number:
            self._take_information(frame)
        elif self._unacknowledged is not None:
            self._out += encode_frame(self._unacknowledged)
        elif self._segments and frame.kind is Kind.RR:
            self._send_segment(frame)
        else:
            self._reply(frame, Kind.RR)

    def _take_information(self, frame: Frame) -> None:
        self._receive_number = (self._receive_number + 1) % 8
        self._unacknowledged = None
        self._segments.clear()
        try:
            whole = self._assembly.add(frame.information, last=not frame.segmented)
        except MalformedData:
            whole = b""
        response = self._response(frame, whole) if whole else None
        if response is None:
            self._reply(frame, Kind.RR)
            return
        self._segments.extend(cut(LLC_RESPONSE + response, self.parameters.transmit_info))
        self._send_segment(frame)

    def _response(self, frame: Frame, whole: bytes) -> bytes | None:
        if not whole.startswith(LLC_COMMAND):
            return None
        return self._answer(frame.source.upper, whole[len(LLC_COMMAND) :])

    def _send_segment(self, request: Frame) -> None:
        information = self._segments.popleft()
        self._unacknowledged = Frame(
            Kind.I,
            request.source,
            request.destination,
            ns=self._send_number,
            nr=self._receive_number,
            information=information,
            segmented=bool(self._segments),
        )
        self._send_number = (self._send_number + 1) % 8
        self._out += encode_frame(self._unacknowledged)

    def _reply(self, request: Frame, kind: Kind, information: bytes = b"") -> None:
        reply = Frame(kind, request.source, request.destination, nr=self._receive_number, information=information)
        self._out += encode_frame(reply)

    def _reset(self) -> None:
        self._send_number = self._receive_number = 0
        self._segments = deque()
        self._unacknowledged = None
        self._assembly.clear()
