"""The server's end of a conversation in the TCP wrapper: one client at a time, each APDU answered as it comes."""

from collections.abc import Callable, Iterable

from agent.dlms.wrapper.header import Piece, Unwrapper, WrapperHeader, encode_header
from agent.domain.errors import RemoteProtocolError

_MANY = 63
"""Blocks in a row: as many as the window of general block transfer can name."""


class WrapperServer:
    """Octets in, octets out; `port` is the server's wPort, and what is for another one is not answered.

    `answer(client_port, apdu)` gives the APDUs to send in return, or none; `on_released` is called when another
    client begins. Octets that are in no wrapper end the conversation.
    """

    def __init__(
        self, port: int, answer: Callable[[int, bytes], Iterable[bytes]], on_released: Callable[[], None]
    ) -> None:
        self.is_connected = True
        self._port, self._answer, self._on_released = port, answer, on_released
        self._unwrapper = Unwrapper()
        self._apdu = bytearray()
        self._peer: int | None = None
        self._out = bytearray()

    def receive(self, data: bytes, _now: float) -> None:
        """Takes octets from a client."""
        if not self.is_connected:
            return
        try:
            for piece in self._unwrapper.feed(data):
                self._take(piece)
        except RemoteProtocolError:
            self.is_connected = False
            self._on_released()

    def let_time_pass(self, _now: float) -> None:
        """Nothing to do: a connection ends with its socket."""

    def data_to_send(self) -> bytes:
        """Octets to be sent, each given once."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def apdus_in_a_row(self, _octets: int) -> int:
        """How many APDUs may be sent without a request in between."""
        return _MANY

    def _take(self, piece: Piece) -> None:
        self._apdu += piece.content
        if not piece.last:
            return
        apdu, header = bytes(self._apdu), piece.header
        self._apdu.clear()
        if header.destination != self._port or not apdu:
            return
        if header.source != self._peer:
            self._on_released()
            self._peer = header.source
        for answer in self._answer(header.source, apdu):
            self._out += encode_header(WrapperHeader(self._port, header.source, len(answer))) + answer
