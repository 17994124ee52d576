"""GET (IEC 62056-5-3:2017): attributes one at a time, as a list, and in data blocks."""

from dataclasses import dataclass

from agent.dlms.axdr.coding import Reader, encode_length
from agent.dlms.cosem.names import AttributeDescriptor, DataAccessResult
from agent.dlms.xdlms.common import (
    Block,
    Result,
    encode_attribute,
    encode_head,
    encode_result,
    encode_sequence,
    read_all,
    read_attribute,
    read_head,
    read_result,
    read_sequence,
)
from agent.domain.errors import MalformedData

REQUEST, RESPONSE = 0xC0, 0xC4
_NORMAL, _NEXT_OR_BLOCK, _WITH_LIST = 1, 2, 3


@dataclass(frozen=True)
class GetRequest:
    """Get-Request-Normal with one attribute, or Get-Request-With-List."""

    invoke_id: int
    attributes: tuple[AttributeDescriptor, ...]
    as_list: bool


@dataclass(frozen=True)
class GetNext:
    """Get-Request-Next: asks for the block that follows `block`."""

    invoke_id: int
    block: int


@dataclass(frozen=True)
class GetResponse:
    """Get-Response-Normal with one result, or Get-Response-With-List; in the order of the request."""

    invoke_id: int
    results: tuple[Result, ...]
    as_list: bool


@dataclass(frozen=True)
class GetBlock:
    """Get-Response-With-Datablock."""

    invoke_id: int
    block: Block


@dataclass(frozen=True)
class GetBlockRefused:
    """Get-Response-With-Datablock that says why there is no such block."""

    invoke_id: int
    block: int
    result: DataAccessResult


def encode_request(request: GetRequest | GetNext) -> bytes:
    """The request as an APDU."""
    if isinstance(request, GetNext):
        return encode_head(REQUEST, _NEXT_OR_BLOCK, request.invoke_id) + request.block.to_bytes(4)
    if request.as_list:
        attributes = encode_sequence(request.attributes, encode_attribute)
        return encode_head(REQUEST, _WITH_LIST, request.invoke_id) + attributes
    return encode_head(REQUEST, _NORMAL, request.invoke_id) + encode_attribute(request.attributes[0])


def decode_request(apdu: bytes) -> GetRequest | GetNext:
    """The request in an APDU. Raises MalformedData if it is not a GET request."""
    return read_all(apdu, _read_request)


def encode_response(response: GetResponse | GetBlock | GetBlockRefused) -> bytes:
    """The response as an APDU."""
    if isinstance(response, GetBlock):
        block = response.block
        numbered = bytes((block.last,)) + block.number.to_bytes(4)
        content = b"\x00" + encode_length(len(block.content)) + block.content
        return encode_head(RESPONSE, _NEXT_OR_BLOCK, response.invoke_id) + numbered + content
    if isinstance(response, GetBlockRefused):
        refused = b"\x01" + response.block.to_bytes(4) + bytes((1, response.result))
        return encode_head(RESPONSE, _NEXT_OR_BLOCK, response.invoke_id) + refused
    head = encode_head(RESPONSE, _WITH_LIST if response.as_list else _NORMAL, response.invoke_id)
    return head + encode_results(response.results, as_list=response.as_list)


def encode_results(results: tuple[Result, ...], *, as_list: bool) -> bytes:
    """Results as a response holds them: a choice octet before each, a count before a list."""
    return encode_sequence(results, encode_result) if as_list else encode_result(results[0])


def decode_response(apdu: bytes) -> GetResponse | GetBlock | GetBlockRefused:
    """The response in an APDU. Raises MalformedData if it is not a GET response."""
    return read_all(apdu, _read_response)


def read_results(reader: Reader) -> tuple[Result, ...]:
    """The results of a list, as a response or its blocks hold them. Raises MalformedData."""
    return read_sequence(reader, read_result)


def _read_request(reader: Reader) -> GetRequest | GetNext:
    choice, invoke_id = read_head(reader, REQUEST)
    if choice == _NEXT_OR_BLOCK:
        return GetNext(invoke_id, int.from_bytes(reader.take(4)))
    if choice == _WITH_LIST:
        return GetRequest(invoke_id, read_sequence(reader, read_attribute), as_list=True)
    if choice == _NORMAL:
        return GetRequest(invoke_id, (read_attribute(reader),), as_list=False)
    raise MalformedData("unknown GET request")


def _read_response(reader: Reader) -> GetResponse | GetBlock | GetBlockRefused:
    choice, invoke_id = read_head(reader, RESPONSE)
    if choice == _NORMAL:
        return GetResponse(invoke_id, (read_result(reader),), as_list=False)
    if choice == _WITH_LIST:
        return GetResponse(invoke_id, read_results(reader), as_list=True)
    if choice != _NEXT_OR_BLOCK:
        raise MalformedData("unknown GET response")
    last, number, refused = bool(reader.octet()), int.from_bytes(reader.take(4)), reader.octet()
    if refused == 1:
        return GetBlockRefused(invoke_id, number, DataAccessResult.of(reader.octet()))
    if refused != 0:
        raise MalformedData("malformed data block")
    return GetBlock(invoke_id, Block(last, number, reader.take(reader.length())))
