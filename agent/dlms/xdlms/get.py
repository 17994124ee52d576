"""GET: attributes read one by one, as a list, and in data blocks."""

from dataclasses import dataclass

from agent.dlms.axdr.coding import Reader, encode_length
from agent.dlms.cosem.names import AttributeDescriptor, DataAccessResult
from agent.dlms.xdlms.common import (
    Block,
    Result,
    encode_attribute,
    encode_result,
    encode_sequence,
    head,
    read_attribute,
    read_head,
    read_result,
    read_sequence,
    whole,
)
from agent.domain.errors import MalformedData

REQUEST, RESPONSE = 0xC0, 0xC4
_NORMAL, _NEXT_OR_BLOCK, _WITH_LIST = 1, 2, 3


@dataclass(frozen=True)
class GetRequest:
    """Normal with one attribute, or as a list."""

    invoke_id: int
    attributes: tuple[AttributeDescriptor, ...]
    as_list: bool


@dataclass(frozen=True)
class GetNext:
    """Asks for the block after this one."""

    invoke_id: int
    block: int


@dataclass(frozen=True)
class GetResponse:
    invoke_id: int
    results: tuple[Result, ...]
    as_list: bool


@dataclass(frozen=True)
class GetBlock:
    invoke_id: int
    block: Block


@dataclass(frozen=True)
class GetBlockRefused:
    """Why there is no such block."""

    invoke_id: int
    block: int
    result: DataAccessResult


def encode_request(request: GetRequest | GetNext) -> bytes:
    if isinstance(request, GetNext):
        return head(REQUEST, _NEXT_OR_BLOCK, request.invoke_id) + request.block.to_bytes(4)
    if request.as_list:
        return head(REQUEST, _WITH_LIST, request.invoke_id) + encode_sequence(request.attributes, encode_attribute)
    return head(REQUEST, _NORMAL, request.invoke_id) + encode_attribute(request.attributes[0])


def decode_request(apdu: bytes) -> GetRequest | GetNext:
    """Raises MalformedData if it is no GET.request."""
    return whole(apdu, _read_request)


def encode_response(response: GetResponse | GetBlock | GetBlockRefused) -> bytes:
    if isinstance(response, GetBlock):
        block = response.block
        numbered = bytes((block.last,)) + block.number.to_bytes(4)
        content = b"\x00" + encode_length(len(block.content)) + block.content
        return head(RESPONSE, _NEXT_OR_BLOCK, response.invoke_id) + numbered + content
    if isinstance(response, GetBlockRefused):
        refused = b"\x01" + response.block.to_bytes(4) + bytes((1, response.result))
        return head(RESPONSE, _NEXT_OR_BLOCK, response.invoke_id) + refused
    choice = _WITH_LIST if response.as_list else _NORMAL
    return head(RESPONSE, choice, response.invoke_id) + encode_results(response.results, as_list=response.as_list)


def encode_results(results: tuple[Result, ...], *, as_list: bool) -> bytes:
    """Results as they stand in a response: a choice octet before each, a count before a list."""
    return encode_sequence(results, encode_result) if as_list else encode_result(results[0])


def decode_response(apdu: bytes) -> GetResponse | GetBlock | GetBlockRefused:
    """Raises MalformedData if it is no GET.response."""
    return whole(apdu, _read_response)


def read_results(reader: Reader) -> tuple[Result, ...]:
    """The results of a list, as they also stand in the blocks that carry one."""
    return read_sequence(reader, read_result)


def _read_request(reader: Reader) -> GetRequest | GetNext:
    choice, invoke_id = read_head(reader, REQUEST)
    if choice == _NEXT_OR_BLOCK:
        return GetNext(invoke_id, int.from_bytes(reader.take(4)))
    if choice == _WITH_LIST:
        return GetRequest(invoke_id, read_sequence(reader, read_attribute), as_list=True)
    if choice == _NORMAL:
        return GetRequest(invoke_id, (read_attribute(reader),), as_list=False)
    raise MalformedData("unknown GET.request")


def _read_response(reader: Reader) -> GetResponse | GetBlock | GetBlockRefused:
    choice, invoke_id = read_head(reader, RESPONSE)
    if choice == _NORMAL:
        return GetResponse(invoke_id, (read_result(reader),), as_list=False)
    if choice == _WITH_LIST:
        return GetResponse(invoke_id, read_results(reader), as_list=True)
    if choice != _NEXT_OR_BLOCK:
        raise MalformedData("unknown GET.response")
    last, number, refused = bool(reader.octet()), int.from_bytes(reader.take(4)), reader.octet()
    if refused == 1:
        return GetBlockRefused(invoke_id, number, DataAccessResult.of(reader.octet()))
    if refused != 0:
        raise MalformedData("bad data block")
    return GetBlock(invoke_id, Block(last, number, reader.take(reader.length())))
