"""GET, SET and ACTION of a client (IEC 62056-5-3:2017): in lists if the meter supports them, in blocks if need be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from agent.dlms.axdr.coding import Data
from agent.dlms.client.exchange import ApduRequest, Exchange, Granted, check_invoke_id, not_refused
from agent.dlms.client.lists import read_list
from agent.dlms.cosem.names import AttributeDescriptor, DataAccessResult, MethodDescriptor
from agent.dlms.xdlms import action, get, set
from agent.dlms.xdlms.common import (
    BLOCK_OVERHEAD,
    Block,
    Result,
    encode_attribute,
    encode_method,
    read_all,
    read_result,
)
from agent.dlms.xdlms.initiate import Conformance
from agent.domain.errors import LocalProtocolError, MalformedData, RemoteProtocolError, RemoteRefusal

T = TypeVar("T")

MAX_BLOCK_DATA = 1 << 20
"""Octets of one value that arrives in blocks; longer ones are refused."""
_LIST_HEAD = 6


@dataclass(frozen=True)
class _Divisible:
    """A request that goes in one APDU, or its content in data blocks if the meter granted `service`.

    `first` and `further` encode the APDU around a block; `acknowledged` decodes the invoke id and block number of an
    acknowledgement.
    """

    whole: bytes
    service: Conformance
    content: bytes
    first: Callable[[Block], bytes]
    further: Callable[[Block], bytes]
    acknowledged: Callable[[bytes], tuple[int, int]]


# ── GET ──


def read(
    attributes: tuple[AttributeDescriptor, ...], granted: Granted, *, as_it_is: bool = False
) -> Exchange[tuple[Result, ...]]:
    """For each attribute, in order, its value or why there is none.

    What a list does not bring is read alone, but for `as_it_is`.

    Raises:
        RemoteRefusal: the meter refuses the whole request, or did not grant a service that is needed.
        RemoteProtocolError: responses that do not match the requests.
        LocalProtocolError: the meter's largest APDU has no room for the request.
    """
    granted.require(Conformance.GET)
    if any(attribute.access for attribute in attributes):
        granted.require(Conformance.SELECTIVE_ACCESS)
    results: list[Result] = []
    for chunk in _chunks(attributes, [len(encode_attribute(attribute)) for attribute in attributes], granted):
        if len(chunk) > 1 and not as_it_is:
            results += yield from read_list(chunk, granted, _read_together)
        else:
            results += yield from _read_together(chunk, granted)
    return tuple(results)


def _read_together(chunk: tuple[AttributeDescriptor, ...], granted: Granted) -> Exchange[tuple[Result, ...]]:
    request = get.GetRequest(granted.next_invoke_id(), chunk, as_list=len(chunk) > 1)
    text = f"GET {', '.join(map(str, chunk))}"
    blocks = bytearray()
    apdu, number = get.encode_request(request), 0
    while True:
        answer = yield from _own_answer(ApduRequest(apdu, text), request.invoke_id, granted)
        response = get.decode_response(not_refused(answer))
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
        apdu, text = get.encode_request(get.GetNext(request.invoke_id, number)), f"GET next block {number}"
    if len(results) != len(chunk):
        raise MalformedData("number of results differs from number of attributes")
    return results


def _own_answer(request: ApduRequest, invoke_id: int, granted: Granted) -> Exchange[bytes]:
    """The answer to this request, after late answers to requests that were given up."""
    answer = yield request
    while (
        len(answer) > 2 and answer[0] == get.RESPONSE and granted.invoke_ids.is_of_another(answer[2] & 0x0F, invoke_id)
    ):
        answer = yield ApduRequest(b"", "waiting: that was the answer to another request")
    return answer


def _results_of_blocks(octets: bytes, *, as_list: bool) -> tuple[Result, ...]:
    """Results from blocks: a list, or one value without its choice octet."""
    if as_list:
        return read_all(octets, get.read_results)
    return (read_all(b"\x00" + octets, read_result),)


# ── SET ──


def write(
    attributes: tuple[AttributeDescriptor, ...], values: tuple[Data, ...], granted: Granted
) -> Exchange[tuple[DataAccessResult, ...]]:
    """For each attribute, in order, the result of writing it. Raises what `read` raises."""
    granted.require(Conformance.SET)
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
    request = _Divisible(
        whole=set.encode_request(set.SetRequest(invoke_id, chunk, values, as_list)),
        service=Conformance.BLOCK_TRANSFER_WITH_SET,
        content=set.encode_values(values, as_list=as_list),
        first=lambda block: set.encode_request(set.SetFirstBlock(invoke_id, chunk, block, as_list)),
        further=lambda block: set.encode_request(set.SetBlock(invoke_id, block)),
        acknowledged=_set_block_taken,
    )
    response_apdu = yield from _send(request, f"SET {', '.join(map(str, chunk))}", invoke_id, granted)
    response = set.decode_response(not_refused(response_apdu))
    check_invoke_id(response.invoke_id, invoke_id)
    if not isinstance(response, set.SetResponse) or len(response.results) != len(chunk):
        raise MalformedData("number of results differs from number of values")
    return response.results


def _set_block_taken(response_apdu: bytes) -> tuple[int, int]:
    response = set.decode_response(not_refused(response_apdu))
    if isinstance(response, set.SetResponse):
        raise RemoteRefusal(f"data block refused: {response.results[0].words}")
    return response.invoke_id, response.block


# ── ACTION ──


def invoke(
    methods: tuple[MethodDescriptor, ...], parameters: tuple[Data | None, ...], granted: Granted
) -> Exchange[tuple[action.ActionReply, ...]]:
    """For each method, in order, its result and return parameters. Raises what `read` raises."""
    granted.require(Conformance.ACTION)
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
    request = _Divisible(
        whole=action.encode_request(action.ActionRequest(invoke_id, chunk, parameters, as_list)),
        service=Conformance.BLOCK_TRANSFER_WITH_ACTION,
        content=action.encode_parameters(parameters, as_list=as_list),
        first=lambda block: action.encode_request(action.ActionFirstBlock(invoke_id, chunk, block, as_list)),
        further=lambda block: action.encode_request(action.ActionBlock(invoke_id, block)),
        acknowledged=_action_block_taken,
    )
    response_apdu = yield from _send(request, f"ACTION {', '.join(map(str, chunk))}", invoke_id, granted)
    replies = yield from _replies(response_apdu, invoke_id, as_list=as_list)
    if len(replies) != len(chunk):
        raise MalformedData("number of replies differs from number of methods")
    return replies


def _replies(response_apdu: bytes, invoke_id: int, *, as_list: bool) -> Exchange[tuple[action.ActionReply, ...]]:
    blocks = bytearray()
    number = 0
    while True:
        response = action.decode_response(not_refused(response_apdu))
        check_invoke_id(response.invoke_id, invoke_id)
        if isinstance(response, action.ActionResponse):
            return response.replies
        if not isinstance(response, action.ActionBlock):
            raise RemoteProtocolError("an acknowledgement instead of a response")
        number = _collect(blocks, response.block, number)
        if response.block.last:
            return action.decode_replies(bytes(blocks), as_list=as_list)
        response_apdu = yield ApduRequest(
            action.encode_request(action.ActionNext(invoke_id, number)), f"ACTION next block {number}"
        )


def _action_block_taken(response_apdu: bytes) -> tuple[int, int]:
    response = action.decode_response(not_refused(response_apdu))
    if isinstance(response, action.ActionResponse):
        raise RemoteRefusal(f"data block refused: {response.replies[0].result.words}")
    if not isinstance(response, action.ActionBlockTaken):
        raise RemoteProtocolError("a response instead of an acknowledgement")
    return response.invoke_id, response.block


# ── lists and blocks ──


def _chunks(items: tuple[T, ...], sizes: Sequence[int], granted: Granted) -> list[tuple[T, ...]]:
    """What goes into one request: all that fits if the meter supports lists, else one item."""
    if not granted.allows(Conformance.MULTIPLE_REFERENCES):
        return [(item,) for item in items]
    chunks: list[list[T]] = []
    room = 0
    for item, size in zip(items, sizes, strict=True):
        if not chunks or size > room or len(chunks[-1]) == granted.list_limit:
            chunks.append([])
            room = granted.room - _LIST_HEAD
        chunks[-1].append(item)
        room -= size
    return [tuple(chunk) for chunk in chunks]


def _fits(apdu: bytes, service: Conformance, granted: Granted) -> bool:
    """Whether it needs no data blocks; general block transfer carries long APDUs too."""
    if len(apdu) <= granted.room:
        return True
    if granted.allows(service):
        return False
    granted.require(Conformance.GENERAL_BLOCK_TRANSFER)
    return True


def _cut(content: bytes, head: int, granted: Granted) -> list[Block]:
    """Blocks that fit the meter's APDUs, the first one after `head` octets."""
    if head + BLOCK_OVERHEAD > granted.room:
        raise LocalProtocolError("the meter's largest APDU has no room for a first block")
    first = granted.room - head - 4
    size = granted.room - BLOCK_OVERHEAD
    pieces = [content[:first]] + [content[at : at + size] for at in range(first, len(content), size)]
    last = len(pieces)
    return [Block(number == last, number, piece) for number, piece in enumerate(pieces, 1)]


def _send(request: _Divisible, text: str, invoke_id: int, granted: Granted) -> Exchange[bytes]:
    """Sends a request, in blocks if need be, each after the acknowledgement of the one before.

    Returns the response to the last APDU.
    """
    if _fits(request.whole, request.service, granted):
        return (yield ApduRequest(request.whole, text))
    *earlier, last = _cut(request.content, len(request.first(Block(False, 1, b""))), granted)
    for block in earlier:
        apdu = request.first(block) if block.number == 1 else request.further(block)
        received_id, acknowledged = request.acknowledged((yield ApduRequest(apdu, f"{text} block {block.number}")))
        check_invoke_id(received_id, invoke_id)
        if acknowledged != block.number:
            raise RemoteProtocolError("acknowledgement of another block")
    apdu = request.further(last) if earlier else request.first(last)
    return (yield ApduRequest(apdu, f"{text} block {last.number}"))


def _collect(blocks: bytearray, block: Block, number: int) -> int:
    """Appends the block that follows `number`; returns its own number."""
    if block.number != number + 1:
        raise RemoteProtocolError("data block out of order")
    blocks += block.content
    if len(blocks) > MAX_BLOCK_DATA:
        raise MalformedData("value too long")
    return block.number
