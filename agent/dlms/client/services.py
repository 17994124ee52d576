"""GET, SET and ACTION as a client does them: lists where the meter takes them, blocks where they are needed."""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TypeVar

from agent.dlms.axdr.coding import Data
from agent.dlms.client.exchange import Ask, Exchange, Granted, believed, check_invoke_id
from agent.dlms.cosem.names import AttributeDescriptor, DataAccessResult, MethodDescriptor
from agent.dlms.xdlms import action, get, set
from agent.dlms.xdlms.common import BLOCK_OVERHEAD, Block, Result, encode_attribute, encode_method, read_result, whole
from agent.dlms.xdlms.initiate import Conformance
from agent.domain.errors import LocalProtocolError, MalformedData, RemoteProtocolError, RemoteRefusal

T = TypeVar("T")

MAX_BLOCK_DATA = 1 << 20
"""Octets of one value that comes in blocks; a longer one is not believed."""
_LIST_HEAD = 6


# ── GET ──


def read(attributes: tuple[AttributeDescriptor, ...], granted: Granted) -> Exchange[tuple[Result, ...]]:
    """A value or a reason for each attribute, in order.

    Raises:
        RemoteRefusal: the meter refuses as a whole, or has not granted what is needed.
        RemoteProtocolError: answers that do not fit.
    """
    granted.demand(Conformance.GET)
    if any(attribute.access for attribute in attributes):
        granted.demand(Conformance.SELECTIVE_ACCESS)
    results: list[Result] = []
    for chunk in _chunks(attributes, [len(encode_attribute(attribute)) for attribute in attributes], granted):
        results += yield from _read_together(chunk, granted)
    return tuple(results)


def _read_together(chunk: tuple[AttributeDescriptor, ...], granted: Granted) -> Exchange[tuple[Result, ...]]:
    request = get.GetRequest(granted.next_invoke_id(), chunk, as_list=len(chunk) > 1)
    words = f"GET {', '.join(map(str, chunk))}"
    blocks = bytearray()
    apdu, number = get.encode_request(request), 0
    while True:
        response = get.decode_response(believed((yield Ask(apdu, words))))
        check_invoke_id(response.invoke_id, request.invoke_id)
        if isinstance(response, get.GetResponse):
            results = response.results
            break
        if isinstance(response, get.GetBlockRefused):
            raise RemoteRefusal(f"data block refused: {response.result.words}")
        number = _collect(blocks, response.block, number)
        if response.block.last:
            results = _results_of_blocks(bytes(blocks), as_list=request.as_list)
            break
        apdu, words = get.encode_request(get.GetNext(request.invoke_id, number)), f"GET next block {number}"
    if len(results) != len(chunk):
        raise MalformedData("another number of results than asked for")
    return results


def _results_of_blocks(octets: bytes, *, as_list: bool) -> tuple[Result, ...]:
    """What was sent in blocks: a list of results, or data alone, without a choice octet."""
    if as_list:
        return whole(octets, get.read_results)
    return (whole(b"\x00" + octets, read_result),)


# ── SET ──


def write(
    attributes: tuple[AttributeDescriptor, ...], values: tuple[Data, ...], granted: Granted
) -> Exchange[tuple[DataAccessResult, ...]]:
    """How writing each attribute ended, in order; raises as `read` does."""
    granted.demand(Conformance.SET)
    sizes = [
        len(encode_attribute(attribute)) + len(set.encode_values((value,), as_list=False))
        for attribute, value in zip(attributes, values, strict=True)
    ]
    results: list[DataAccessResult] = []
    remaining = iter(values)
    for chunk in _chunks(attributes, sizes, granted):
        results += yield from _write_together(chunk, tuple(islice(remaining, len(chunk))), granted)
    return tuple(results)


def _write_together(
    chunk: tuple[AttributeDescriptor, ...], values: tuple[Data, ...], granted: Granted
) -> Exchange[tuple[DataAccessResult, ...]]:
    invoke_id, as_list = granted.next_invoke_id(), len(chunk) > 1
    apdu = set.encode_request(set.SetRequest(invoke_id, chunk, values, as_list))
    words = f"SET {', '.join(map(str, chunk))}"
    if _fits(apdu, Conformance.BLOCK_TRANSFER_WITH_SET, granted):
        answer = yield Ask(apdu, words)
    else:
        head = len(set.encode_request(set.SetFirstBlock(invoke_id, chunk, Block(False, 1, b""), as_list)))
        blocks = _cut(set.encode_values(values, as_list=as_list), head, granted)
        first = set.encode_request(set.SetFirstBlock(invoke_id, chunk, blocks[0], as_list))
        following = [set.encode_request(set.SetBlock(invoke_id, block)) for block in blocks[1:]]
        answer = yield from _in_blocks([first, *following], words, invoke_id, _set_block_taken)
    response = set.decode_response(believed(answer))
    check_invoke_id(response.invoke_id, invoke_id)
    if not isinstance(response, set.SetResponse) or len(response.results) != len(chunk):
        raise MalformedData("another number of results than values")
    return response.results


def _set_block_taken(answer: bytes) -> tuple[int, int]:
    response = set.decode_response(believed(answer))
    if isinstance(response, set.SetResponse):
        raise RemoteRefusal(f"data block refused: {response.results[0].words}")
    return response.invoke_id, response.block


# ── ACTION ──


def invoke(
    methods: tuple[MethodDescriptor, ...], parameters: tuple[Data | None, ...], granted: Granted
) -> Exchange[tuple[action.ActionReply, ...]]:
    """How each method ended, and what it returned, in order; raises as `read` does."""
    granted.demand(Conformance.ACTION)
    sizes = [
        len(encode_method(method)) + len(action.encode_parameters((given,), as_list=True))
        for method, given in zip(methods, parameters, strict=True)
    ]
    replies: list[action.ActionReply] = []
    remaining = iter(parameters)
    for chunk in _chunks(methods, sizes, granted):
        replies += yield from _invoke_together(chunk, tuple(islice(remaining, len(chunk))), granted)
    return tuple(replies)


def _invoke_together(
    chunk: tuple[MethodDescriptor, ...], parameters: tuple[Data | None, ...], granted: Granted
) -> Exchange[tuple[action.ActionReply, ...]]:
    invoke_id, as_list = granted.next_invoke_id(), len(chunk) > 1
    apdu = action.encode_request(action.ActionRequest(invoke_id, chunk, parameters, as_list))
    words = f"ACTION {', '.join(map(str, chunk))}"
    if _fits(apdu, Conformance.BLOCK_TRANSFER_WITH_ACTION, granted):
        answer = yield Ask(apdu, words)
    else:
        head = len(action.encode_request(action.ActionFirstBlock(invoke_id, chunk, Block(False, 1, b""), as_list)))
        blocks = _cut(action.encode_parameters(parameters, as_list=as_list), head, granted)
        first = action.encode_request(action.ActionFirstBlock(invoke_id, chunk, blocks[0], as_list))
        following = [action.encode_request(action.ActionBlock(invoke_id, block)) for block in blocks[1:]]
        answer = yield from _in_blocks([first, *following], words, invoke_id, _action_block_taken)
    replies = yield from _replies(answer, invoke_id, as_list=as_list)
    if len(replies) != len(chunk):
        raise MalformedData("another number of replies than methods")
    return replies


def _replies(answer: bytes, invoke_id: int, *, as_list: bool) -> Exchange[tuple[action.ActionReply, ...]]:
    blocks = bytearray()
    number = 0
    while True:
        response = action.decode_response(believed(answer))
        check_invoke_id(response.invoke_id, invoke_id)
        if isinstance(response, action.ActionResponse):
            return response.replies
        if not isinstance(response, action.ActionBlock):
            raise RemoteProtocolError("an acknowledgement where an answer was due")
        number = _collect(blocks, response.block, number)
        if response.block.last:
            return action.decode_replies(bytes(blocks), as_list=as_list)
        answer = yield Ask(action.encode_request(action.ActionNext(invoke_id, number)), f"ACTION next block {number}")


def _action_block_taken(answer: bytes) -> tuple[int, int]:
    response = action.decode_response(believed(answer))
    if isinstance(response, action.ActionResponse):
        raise RemoteRefusal(f"data block refused: {response.replies[0].result.words}")
    if not isinstance(response, action.ActionBlockTaken):
        raise RemoteProtocolError("an answer where an acknowledgement was due")
    return response.invoke_id, response.block


# ── what they share ──


def _chunks(items: tuple[T, ...], sizes: Sequence[int], granted: Granted) -> list[tuple[T, ...]]:
    """What goes together: all that fits one APDU where the meter takes lists, else one by one."""
    if not granted.allows(Conformance.MULTIPLE_REFERENCES):
        return [(item,) for item in items]
    chunks: list[list[T]] = []
    room = 0
    for item, size in zip(items, sizes, strict=True):
        if not chunks or size > room:
            chunks.append([])
            room = granted.room - _LIST_HEAD
        chunks[-1].append(item)
        room -= size
    return [tuple(chunk) for chunk in chunks]


def _fits(apdu: bytes, service: Conformance, granted: Granted) -> bool:
    """Whether it goes in one APDU; general block transfer carries longer ones too."""
    if len(apdu) <= granted.room:
        return True
    if granted.allows(service):
        return False
    granted.demand(Conformance.GENERAL_BLOCK_TRANSFER)
    return True


def _cut(content: bytes, head: int, granted: Granted) -> list[Block]:
    """Blocks such that the first fits beside `head` octets, and all others fit too."""
    if head + BLOCK_OVERHEAD > granted.room:
        raise LocalProtocolError("the meter's APDUs are too short for a first block")
    first = granted.room - head - 4
    size = granted.room - BLOCK_OVERHEAD
    pieces = [content[:first]] + [content[at : at + size] for at in range(first, len(content), size)]
    last = len(pieces)
    return [Block(number == last, number, piece) for number, piece in enumerate(pieces, 1)]


def _in_blocks(
    apdus: list[bytes], words: str, invoke_id: int, taken: Callable[[bytes], tuple[int, int]]
) -> Exchange[bytes]:
    """Sends block after block, each acknowledged; gives the answer to the last."""
    *earlier, last = apdus
    for number, apdu in enumerate(earlier, 1):
        got_id, got_number = taken((yield Ask(apdu, f"{words} block {number}")))
        check_invoke_id(got_id, invoke_id)
        if got_number != number:
            raise RemoteProtocolError("another block acknowledged")
    return (yield Ask(last, f"{words} block {len(apdus)}"))


def _collect(blocks: bytearray, block: Block, number: int) -> int:
    """Appends a block that follows `number`, and gives its own number."""
    if block.number != number + 1:
        raise RemoteProtocolError("data block out of order")
    blocks += block.content
    if len(blocks) > MAX_BLOCK_DATA:
        raise MalformedData("value too long")
    return block.number
