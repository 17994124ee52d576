"""Reads a long value and passes it on piece by piece as it arrives, before the last frame is there."""

from collections.abc import Callable

from agent.dlms.axdr.coding import Reader
from agent.dlms.client.exchange import ApduRequest, Exchange, Granted, check_invoke_id, not_refused
from agent.dlms.cosem.names import AttributeDescriptor, DataAccessResult
from agent.dlms.xdlms import get
from agent.dlms.xdlms.common import read_head
from agent.dlms.xdlms.initiate import Conformance
from agent.domain.errors import MalformedData, RemoteProtocolError, RemoteRefusal

_LONGEST_HEAD = 16
_LONGEST_REFUSAL = 64


def stream(
    attribute: AttributeDescriptor, feed: Callable[[bytes], None], granted: Granted
) -> Exchange[DataAccessResult | None]:
    """Reads one attribute and feeds the octets of its Data, in order; returns None, or why there is no value.

    Raises what `services.read` raises, and what `feed` raises.
    """
    granted.require(Conformance.GET)
    if attribute.access:
        granted.require(Conformance.SELECTIVE_ACCESS)
    invoke_id = granted.next_invoke_id()
    apdu, text = get.encode_request(get.GetRequest(invoke_id, (attribute,), as_list=False)), f"GET {attribute}"
    number = 0
    while True:
        response = _ResponseInPieces(feed, invoke_id, number)
        yield ApduRequest(apdu, text, sink=response.take)
        response.end()
        if response.refused is not None or response.last:
            return response.refused
        number += 1
        apdu, text = get.encode_request(get.GetNext(invoke_id, number)), f"GET next block {number}"


class _ResponseInPieces:
    """One GET response: its head is decoded as soon as it is complete; what follows is passed on."""

    def __init__(self, feed: Callable[[bytes], None], invoke_id: int, previous_block: int) -> None:
        self._feed, self._invoke_id, self._previous_block = feed, invoke_id, previous_block
        self._head: bytearray | None = bytearray()
        self._remaining: int | None = None
        self.last = True
        self.refused: DataAccessResult | None = None

    def take(self, piece: bytes) -> None:
        """Takes the next piece. Raises MalformedData for another APDU, and what `feed` raises."""
        if self._head is None:
            self._pass_on(piece)
            return
        self._head += piece
        if self._head[0] != get.RESPONSE:
            if len(self._head) > _LONGEST_REFUSAL:
                raise MalformedData("not a GET response")
        elif (rest := self._read_head(bytes(self._head))) is not None:
            self._head = None
            self._pass_on(rest)

    def end(self) -> None:
        """Ends the APDU. Raises MalformedData if it is incomplete, RemoteRefusal if it is a refusal."""
        if self._head is not None:
            not_refused(bytes(self._head))
            raise MalformedData("a response that ends in its head")
        if self._remaining:
            raise MalformedData("a response that ends too early")

    def _pass_on(self, octets: bytes) -> None:
        if self._remaining is not None:
            self._remaining -= len(octets)
            if self._remaining < 0:
                raise MalformedData("octets left over")
        if octets:
            self._feed(octets)

    def _read_head(self, head: bytes) -> bytes | None:
        """What follows the head, or None while the head is incomplete."""
        reader = Reader(head)
        try:
            choice, invoke_id = read_head(reader, get.RESPONSE)
            self._read_choice(choice, reader)
        except MalformedData:
            if len(head) > _LONGEST_HEAD:
                raise
            return None
        check_invoke_id(invoke_id, self._invoke_id)
        return reader.take(reader.remaining())

    def _read_choice(self, choice: int, reader: Reader) -> None:
        if choice == 1:
            if reader.octet():
                self.refused = DataAccessResult.of(reader.octet())
                self._remaining = 0
            return
        if choice != 2:
            raise RemoteProtocolError("not a response to Get-Request-Normal")
        last, number, refused = bool(reader.octet()), int.from_bytes(reader.take(4)), reader.octet()
        if refused:
            raise RemoteRefusal(f"data block refused: {DataAccessResult.of(reader.octet()).words}")
        self._remaining = reader.length()
        if number != self._previous_block + 1:
            raise RemoteProtocolError("data block out of order")
        self.last = last
