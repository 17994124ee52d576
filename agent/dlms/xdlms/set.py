"""SET (IEC 62056-5-3:2017): attributes one at a time, as a list, and in data blocks."""

from dataclasses import dataclass

from agent.dlms.axdr.coding import Data, Reader, encode, read_data
from agent.dlms.cosem.names import AttributeDescriptor, DataAccessResult
from agent.dlms.xdlms.common import (
    Block,
    encode_attribute,
    encode_block,
    encode_head,
    encode_sequence,
    read_access_result,
    read_all,
    read_attribute,
    read_block,
    read_head,
    read_sequence,
)
from agent.domain.errors import MalformedData

REQUEST, RESPONSE = 0xC1, 0xC5
_NORMAL, _FIRST_BLOCK, _BLOCK, _WITH_LIST, _LIST_AND_FIRST_BLOCK = 1, 2, 3, 4, 5
_BLOCK_TAKEN, _LAST_BLOCK, _LAST_BLOCK_LIST, _LIST_RESULT = 2, 3, 4, 5


@dataclass(frozen=True)
class SetRequest:
    """Set-Request-Normal with one attribute, or Set-Request-With-List; one value for each attribute."""

    invoke_id: int
    attributes: tuple[AttributeDescriptor, ...]
    values: tuple[Data, ...]
    as_list: bool


@dataclass(frozen=True)
class SetFirstBlock:
    """The attributes, and the first piece of what `encode_values` returns."""

    invoke_id: int
    attributes: tuple[AttributeDescriptor, ...]
    block: Block
    as_list: bool


@dataclass(frozen=True)
class SetBlock:
    """A further piece of the values."""

    invoke_id: int
    block: Block


@dataclass(frozen=True)
class SetResponse:
    """One result for each attribute; `block` is the number of the last block if the values came in blocks."""

    invoke_id: int
    results: tuple[DataAccessResult, ...]
    as_list: bool
    block: int | None = None


@dataclass(frozen=True)
class SetBlockTaken:
    """Acknowledges a block that is not the last."""

    invoke_id: int
    block: int


AnyRequest = SetRequest | SetFirstBlock | SetBlock
AnyResponse = SetResponse | SetBlockTaken


def encode_values(values: tuple[Data, ...], *, as_list: bool) -> bytes:
    """Values as a request or its blocks hold them: a count before a list."""
    return encode_sequence(values, encode) if as_list else encode(values[0])


def decode_values(octets: bytes, *, as_list: bool) -> tuple[Data, ...]:
    """What `encode_values` encoded. Raises MalformedData for anything else."""
    return read_all(octets, (lambda reader: read_sequence(reader, read_data)) if as_list else _read_one)


def encode_request(request: AnyRequest) -> bytes:
    """The request as an APDU."""
    if isinstance(request, SetBlock):
        return encode_head(REQUEST, _BLOCK, request.invoke_id) + encode_block(request.block)
    if isinstance(request, SetFirstBlock):
        choice = _LIST_AND_FIRST_BLOCK if request.as_list else _FIRST_BLOCK
        return encode_head(REQUEST, choice, request.invoke_id) + _attributes(request) + encode_block(request.block)
    choice = _WITH_LIST if request.as_list else _NORMAL
    values = encode_values(request.values, as_list=request.as_list)
    return encode_head(REQUEST, choice, request.invoke_id) + _attributes(request) + values


def decode_request(apdu: bytes) -> AnyRequest:
    """The request in an APDU. Raises MalformedData if it is not a SET request with one value for each attribute."""
    return read_all(apdu, _read_request)


def encode_response(response: AnyResponse) -> bytes:
    """The response as an APDU."""
    if isinstance(response, SetBlockTaken):
        return encode_head(RESPONSE, _BLOCK_TAKEN, response.invoke_id) + response.block.to_bytes(4)
    results = encode_sequence(response.results, _one_octet) if response.as_list else _one_octet(response.results[0])
    if response.block is None:
        return encode_head(RESPONSE, _LIST_RESULT if response.as_list else _NORMAL, response.invoke_id) + results
    choice = _LAST_BLOCK_LIST if response.as_list else _LAST_BLOCK
    return encode_head(RESPONSE, choice, response.invoke_id) + results + response.block.to_bytes(4)


def decode_response(apdu: bytes) -> AnyResponse:
    """The response in an APDU. Raises MalformedData if it is not a SET response."""
    return read_all(apdu, _read_response)


def _attributes(request: SetRequest | SetFirstBlock) -> bytes:
    if request.as_list:
        return encode_sequence(request.attributes, encode_attribute)
    return encode_attribute(request.attributes[0])


def _one_octet(result: DataAccessResult) -> bytes:
    return bytes((result,))


def _read_one(reader: Reader) -> tuple[Data, ...]:
    return (read_data(reader),)


def _read_request(reader: Reader) -> AnyRequest:
    choice, invoke_id = read_head(reader, REQUEST)
    if choice == _BLOCK:
        return SetBlock(invoke_id, read_block(reader))
    if choice not in (_NORMAL, _FIRST_BLOCK, _WITH_LIST, _LIST_AND_FIRST_BLOCK):
        raise MalformedData("unknown SET request")
    as_list = choice in (_WITH_LIST, _LIST_AND_FIRST_BLOCK)
    attributes = read_sequence(reader, read_attribute) if as_list else (read_attribute(reader),)
    if choice in (_FIRST_BLOCK, _LIST_AND_FIRST_BLOCK):
        return SetFirstBlock(invoke_id, attributes, read_block(reader), as_list)
    values = read_sequence(reader, read_data) if as_list else _read_one(reader)
    if len(values) != len(attributes):
        raise MalformedData("number of values differs from number of attributes")
    return SetRequest(invoke_id, attributes, values, as_list)


def _read_response(reader: Reader) -> AnyResponse:
    choice, invoke_id = read_head(reader, RESPONSE)
    if choice == _BLOCK_TAKEN:
        return SetBlockTaken(invoke_id, int.from_bytes(reader.take(4)))
    if choice not in (_NORMAL, _LAST_BLOCK, _LAST_BLOCK_LIST, _LIST_RESULT):
        raise MalformedData("unknown SET response")
    as_list = choice in (_LAST_BLOCK_LIST, _LIST_RESULT)
    results = read_sequence(reader, read_access_result) if as_list else (read_access_result(reader),)
    block = int.from_bytes(reader.take(4)) if choice in (_LAST_BLOCK, _LAST_BLOCK_LIST) else None
    return SetResponse(invoke_id, results, as_list, block)
