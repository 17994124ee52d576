"""The client's end of a conversation in the TCP wrapper: nothing is connected, polled or repeated; TCP does that."""

from collections import deque
from collections.abc import Callable
from math import inf

from agent.dlms.hdlc.events import LinkDown, LinkEvent, LinkFailed, LinkUp, SegmentReceived
from agent.dlms.wrapper.header import Piece, Unwrapper, WrapperHeader, encode_header
from agent.domain.errors import LocalProtocolError, NoAnswer, RemoteProtocolError


class WrapperClient:
    """Octets in, events out. `own` and `server` are wPorts; what comes from or for another one is set aside.

    `trace` gets a direction (`→` or `←`) and each APDU's header as text.
    """

    is_at_rest = False
    """There is never anything to poll for."""

    def __init__(self, own: int, server: int, trace: Callable[[str, str], None]) -> None:
        self.is_connected = False
        self.last_sign = -inf
        self._own, self._server, self._trace = own, server, trace
        self._unwrapper = Unwrapper()
        self._set_aside = self._is_late = False
        self._out = bytearray()
        self._events: deque[LinkEvent] = deque()

    # ── what the layer above does ──

    def connect(self, _now: float) -> None:
        """`LinkUp` follows at once."""
        self.is_connected = True
        self._events.append(LinkUp())

    def send(self, apdu: bytes, _now: float) -> None:
        """Sends an APDU; what comes in return is given as `SegmentReceived` events.

        Raises:
            LocalProtocolError: not connected, or an APDU that the wrapper cannot hold.
        """
        if not self.is_connected:
            raise LocalProtocolError("the wrapper is not connected")
        header = WrapperHeader(self._own, self._server, len(apdu))
        self._out += encode_header(header) + apdu
        self._set_aside = False
        self._forget_unfinished()
        self._trace("→", str(header))

    def await_more(self, _now: float) -> None:
        """Nothing to do: what comes is taken."""

    def disconnect(self, _now: float) -> None:
        """`LinkDown` follows at once; the socket is its owner's to close."""
        self.is_connected = False
        self._events.append(LinkDown())

    def give_up(self, _now: float) -> None:
        """Stops waiting: `LinkFailed` with what was wrong with the answer so far, or `NoAnswer`."""
        if (missing := self._unwrapper.unfinished) is not None:
            self._fail(RemoteProtocolError(missing, code="answer-unfinished"))
        elif self._set_aside:
            self._fail(RemoteProtocolError("all that came was set aside", code="answer-elsewhere"))
        else:
            self._fail(NoAnswer())

    # ── octets and time ──

    def receive(self, data: bytes, now: float) -> None:
        """Takes octets from the server; results are given by `next_event`."""
        try:
            for piece in self._unwrapper.feed(data):
                self._take(piece, now)
        except RemoteProtocolError as error:
            self._fail(error)

    def handle_timer(self, _now: float) -> None:
        """Nothing to do: the deadline of the layer above is the only one."""

    def next_timer(self) -> float | None:
        """None."""
        return None

    def data_to_send(self) -> bytes:
        """Octets to be sent, each given once."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def next_event(self) -> LinkEvent | None:
        """The oldest event that was not taken yet."""
        return self._events.popleft() if self._events else None

    def _forget_unfinished(self) -> None:
        """What has begun to come before a request is no answer to it; its rest is left out too."""
        self._is_late = self._unwrapper.is_within
        while self._events and isinstance(event := self._events[-1], SegmentReceived) and not event.last:
            self._events.pop()

    def _take(self, piece: Piece, now: float) -> None:
        header = piece.header
        is_ours = (header.source, header.destination) == (self._server, self._own) and header.length > 0
        if piece.first:
            self._is_late = False
            self._trace("←", str(header) if is_ours else f"{header}: set aside")
        if is_ours:
            self.last_sign = now
        if is_ours and not self._is_late:
            self._events.append(SegmentReceived(piece.content, piece.last))
        elif not is_ours:
            self._set_aside = True

    def _fail(self, error: RemoteProtocolError) -> None:
        self.is_connected = False
        self._events.append(LinkFailed(error))
