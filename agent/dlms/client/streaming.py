"""A long value, handed on piece by piece while it comes in: nothing waits for the last frame."""

from collections.abc import Callable

from agent.dlms.axdr.coding import Reader
from agent.dlms.client.exchange import Ask, Exchange, Granted, believed, check_invoke_id
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
    """Reads one attribute and feeds the octets of its Data, in order; gives the meter's reason if there is none.

    Raises as `services.read` does, and whatever `feed` raises.
    """
    granted.demand(Conformance.GET)
    if attribute.access:
        granted.demand(Conformance.SELECTIVE_ACCESS)
    invoke_id = granted.next_invoke_id()
    apdu, words = get.encode_request(get.GetRequest(invoke_id, (attribute,), as_list=False)), f"GET {attribute}"
    number = 0
    while True:
        answer = _AnswerInPieces(feed, invoke_id, number)
        yield Ask(apdu, words, sink=answer.take)
        answer.end()
        if answer.refused is not None or answer.last:
            return answer.refused
        number += 1
        apdu, words = get.encode_request(get.GetNext(invoke_id, number)), f"GET next block {number}"


class _AnswerInPieces:
    """One GET.response: its head is read as soon as it is there, what follows is handed on."""

    def __init__(self, feed: Callable[[bytes], None], invoke_id: int, previous_block: int) -> None:
        self._feed, self._invoke_id, self._previous_block = feed, invoke_id, previous_block
        self._head: bytearray | None = bytearray()
        self._left: int | None = None
        self.last = True
        self.refused: DataAccessResult | None = None

    def take(self, piece: bytes) -> None:
        if self._head is None:
            self._hand_on(piece)
            return
        self._head += piece
        if self._head[0] != get.RESPONSE:
            if len(self._head) > _LONGEST_REFUSAL:
                raise MalformedData("not an answer to GET")
        elif (rest := self._read_head(bytes(self._head))) is not None:
            self._head = None
            self._hand_on(rest)

    def end(self) -> None:
        """The APDU is over. Raises MalformedData if it was not whole, RemoteRefusal if it is a refusal."""
        if self._head is not None:
            believed(bytes(self._head))
            raise MalformedData("an answer that ends in its head")
        if self._left:
            raise MalformedData("an answer that ends too early")

    def _hand_on(self, octets: bytes) -> None:
        if self._left is not None:
            self._left -= len(octets)
            if self._left < 0:
                raise MalformedData("octets left over")
        if octets:
            self._feed(octets)

    def _read_head(self, head: bytes) -> bytes | None:
        """What follows the head, or None while it is not whole."""
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
                self._left = 0
            return
        if choice != 2:
            raise RemoteProtocolError("not an answer to a normal GET")
        last, number, refused = bool(reader.octet()), int.from_bytes(reader.take(4)), reader.octet()
        if refused:
            raise RemoteRefusal(f"data block refused: {DataAccessResult.of(reader.octet()).words}")
        self._left = reader.length()
        if number != self._previous_block + 1:
            raise RemoteProtocolError("data block out of order")
        self.last = last
