"""ACTION (IEC 62056-5-3:2017): methods one at a time, as a list, and in data blocks."""

from dataclasses import dataclass

from agent.dlms.axdr.coding import Data, Reader, read_data
from agent.dlms.axdr.coding import encode as encode_data
from agent.dlms.cosem.names import ActionResult, MethodDescriptor
from agent.dlms.xdlms.common import (
    Block,
    Result,
    encode_block,
    encode_head,
    encode_method,
    encode_optional,
    encode_result,
    encode_sequence,
    read_all,
    read_block,
    read_head,
    read_method,
    read_optional,
    read_result,
    read_sequence,
)
from agent.domain.errors import MalformedData

REQUEST, RESPONSE = 0xC3, 0xC7
_NORMAL, _NEXT, _WITH_LIST, _FIRST_BLOCK, _LIST_AND_FIRST_BLOCK, _BLOCK = 1, 2, 3, 4, 5, 6
_RESPONSE_BLOCK, _RESPONSE_LIST, _BLOCK_TAKEN = 2, 3, 4


@dataclass(frozen=True)
class ActionRequest:
    """Action-Request-Normal with one method, or With-List; for each method its parameters, or None."""

    invoke_id: int
    methods: tuple[MethodDescriptor, ...]
    parameters: tuple[Data | None, ...]
    as_list: bool


@dataclass(frozen=True)
class ActionNext:
    """Asks for the block of the response that follows `block`."""

    invoke_id: int
    block: int


@dataclass(frozen=True)
class ActionFirstBlock:
    """The methods, and the first piece of what `encode_parameters` returns."""

    invoke_id: int
    methods: tuple[MethodDescriptor, ...]
    block: Block
    as_list: bool


@dataclass(frozen=True)
class ActionBlock:
    """A further piece of the parameters, or a piece of the response."""

    invoke_id: int
    block: Block


@dataclass(frozen=True)
class ActionReply:
    """The result of one method, and its return parameters, if any."""

    result: ActionResult
    returned: Result | None = None


@dataclass(frozen=True)
class ActionResponse:
    """One reply for each method, in the order of the request."""

    invoke_id: int
    replies: tuple[ActionReply, ...]
    as_list: bool


@dataclass(frozen=True)
class ActionBlockTaken:
    """Acknowledges a block of the parameters that is not the last."""

    invoke_id: int
    block: int


AnyRequest = ActionRequest | ActionNext | ActionFirstBlock | ActionBlock
AnyResponse = ActionResponse | ActionBlock | ActionBlockTaken


def encode_parameters(parameters: tuple[Data | None, ...], *, as_list: bool) -> bytes:
    """Parameters as the blocks of a request hold them. In a list, null-data stands for none."""
    if as_list:
        return encode_sequence(parameters, _or_null)
    return b"" if parameters[0] is None else encode_data(parameters[0])


def decode_parameters(octets: bytes, *, as_list: bool) -> tuple[Data | None, ...]:
    """What `encode_parameters` encoded. Raises MalformedData for anything else."""
    if as_list:
        return read_all(octets, lambda reader: read_sequence(reader, read_data))
    return (read_all(octets, read_data) if octets else None,)


def encode_request(request: AnyRequest) -> bytes:
    """The request as an APDU."""
    if isinstance(request, ActionNext):
        return encode_head(REQUEST, _NEXT, request.invoke_id) + request.block.to_bytes(4)
    if isinstance(request, ActionBlock):
        return encode_head(REQUEST, _BLOCK, request.invoke_id) + encode_block(request.block)
    if isinstance(request, ActionFirstBlock):
        choice = _LIST_AND_FIRST_BLOCK if request.as_list else _FIRST_BLOCK
        return encode_head(REQUEST, choice, request.invoke_id) + _methods(request) + encode_block(request.block)
    if request.as_list:
        parameters = encode_sequence(request.parameters, _or_null)
        return encode_head(REQUEST, _WITH_LIST, request.invoke_id) + _methods(request) + parameters
    return encode_head(REQUEST, _NORMAL, request.invoke_id) + _methods(request) + encode_optional(request.parameters[0])


def decode_request(apdu: bytes) -> AnyRequest:
    """The request in an APDU. Raises MalformedData if it is not an ACTION request, or its lists differ in length."""
    return read_all(apdu, _read_request)


def encode_replies(replies: tuple[ActionReply, ...], *, as_list: bool) -> bytes:
    """Replies as a response or its blocks hold them."""
    return encode_sequence(replies, _encode_reply) if as_list else _encode_reply(replies[0])


def decode_replies(octets: bytes, *, as_list: bool) -> tuple[ActionReply, ...]:
    """What `encode_replies` encoded. Raises MalformedData for anything else."""
    return read_all(octets, (lambda reader: read_sequence(reader, _read_reply)) if as_list else _read_one)


def encode_response(response: AnyResponse) -> bytes:
    """The response as an APDU."""
    if isinstance(response, ActionBlockTaken):
        return encode_head(RESPONSE, _BLOCK_TAKEN, response.invoke_id) + response.block.to_bytes(4)
    if isinstance(response, ActionBlock):
        return encode_head(RESPONSE, _RESPONSE_BLOCK, response.invoke_id) + encode_block(response.block)
    head = encode_head(RESPONSE, _RESPONSE_LIST if response.as_list else _NORMAL, response.invoke_id)
    return head + encode_replies(response.replies, as_list=response.as_list)


def decode_response(apdu: bytes) -> AnyResponse:
    """The response in an APDU. Raises MalformedData if it is not an ACTION response."""
    return read_all(apdu, _read_response)


def _methods(request: ActionRequest | ActionFirstBlock) -> bytes:
    return encode_sequence(request.methods, encode_method) if request.as_list else encode_method(request.methods[0])


def _or_null(data: Data | None) -> bytes:
    return b"\x00" if data is None else encode_data(data)


def _encode_reply(reply: ActionReply) -> bytes:
    returned = b"\x00" if reply.returned is None else b"\x01" + encode_result(reply.returned)
    return bytes((reply.result,)) + returned


def _read_reply(reader: Reader) -> ActionReply:
    result = ActionResult.of(reader.octet())
    return ActionReply(result, read_result(reader) if reader.octet() else None)


def _read_one(reader: Reader) -> tuple[ActionReply, ...]:
    return (_read_reply(reader),)


def _read_request(reader: Reader) -> AnyRequest:
    choice, invoke_id = read_head(reader, REQUEST)
    if choice == _NEXT:
        return ActionNext(invoke_id, int.from_bytes(reader.take(4)))
    if choice == _BLOCK:
        return ActionBlock(invoke_id, read_block(reader))
    if choice == _NORMAL:
        return ActionRequest(invoke_id, (read_method(reader),), (read_optional(reader),), as_list=False)
    if choice == _FIRST_BLOCK:
        return ActionFirstBlock(invoke_id, (read_method(reader),), read_block(reader), as_list=False)
    if choice not in (_WITH_LIST, _LIST_AND_FIRST_BLOCK):
        raise MalformedData("unknown ACTION request")
    methods = read_sequence(reader, read_method)
    if choice == _LIST_AND_FIRST_BLOCK:
        return ActionFirstBlock(invoke_id, methods, read_block(reader), as_list=True)
    parameters = read_sequence(reader, read_data)
    if len(parameters) != len(methods):
        raise MalformedData("number of parameters differs from number of methods")
    return ActionRequest(invoke_id, methods, parameters, as_list=True)


def _read_response(reader: Reader) -> AnyResponse:
    choice, invoke_id = read_head(reader, RESPONSE)
    if choice == _NORMAL:
        return ActionResponse(invoke_id, _read_one(reader), as_list=False)
    if choice == _RESPONSE_LIST:
        return ActionResponse(invoke_id, read_sequence(reader, _read_reply), as_list=True)
    if choice == _RESPONSE_BLOCK:
        return ActionBlock(invoke_id, read_block(reader))
    if choice == _BLOCK_TAKEN:
        return ActionBlockTaken(invoke_id, int.from_bytes(reader.take(4)))
    raise MalformedData("unknown ACTION response")
