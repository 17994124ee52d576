"""ACTION: methods invoked one by one, as a list, and in data blocks."""

from dataclasses import dataclass

from agent.dlms.axdr.coding import Data, Reader, read_data
from agent.dlms.axdr.coding import encode as encode_data
from agent.dlms.cosem.names import ActionResult, MethodDescriptor
from agent.dlms.xdlms.common import (
    Block,
    Result,
    encode_block,
    encode_method,
    encode_optional,
    encode_result,
    encode_sequence,
    head,
    read_block,
    read_head,
    read_method,
    read_optional,
    read_result,
    read_sequence,
    whole,
)
from agent.domain.errors import MalformedData

REQUEST, RESPONSE = 0xC3, 0xC7
_NORMAL, _NEXT, _WITH_LIST, _FIRST_BLOCK, _LIST_AND_FIRST_BLOCK, _BLOCK = 1, 2, 3, 4, 5, 6
_RESPONSE_BLOCK, _RESPONSE_LIST, _BLOCK_TAKEN = 2, 3, 4


@dataclass(frozen=True)
class ActionRequest:
    """As many parameters as methods, None for none; normal with one, or as a list."""

    invoke_id: int
    methods: tuple[MethodDescriptor, ...]
    parameters: tuple[Data | None, ...]
    as_list: bool


@dataclass(frozen=True)
class ActionNext:
    """Asks for the block of the answer after this one."""

    invoke_id: int
    block: int


@dataclass(frozen=True)
class ActionFirstBlock:
    """The methods, and the first piece of the parameters as `encode_parameters` gives them."""

    invoke_id: int
    methods: tuple[MethodDescriptor, ...]
    block: Block
    as_list: bool


@dataclass(frozen=True)
class ActionBlock:
    """A further block of the parameters, or a block of the answer."""

    invoke_id: int
    block: Block


@dataclass(frozen=True)
class ActionReply:
    """What became of one method, and what it returned, if anything."""

    result: ActionResult
    returned: Result | None = None


@dataclass(frozen=True)
class ActionResponse:
    invoke_id: int
    replies: tuple[ActionReply, ...]
    as_list: bool


@dataclass(frozen=True)
class ActionBlockTaken:
    invoke_id: int
    block: int


AnyRequest = ActionRequest | ActionNext | ActionFirstBlock | ActionBlock
AnyResponse = ActionResponse | ActionBlock | ActionBlockTaken


def encode_parameters(parameters: tuple[Data | None, ...], *, as_list: bool) -> bytes:
    """As they go in blocks. In a list, null-data stands for none."""
    if as_list:
        return encode_sequence(parameters, _or_null)
    return b"" if parameters[0] is None else encode_data(parameters[0])


def decode_parameters(octets: bytes, *, as_list: bool) -> tuple[Data | None, ...]:
    """Raises MalformedData if these are no parameters."""
    if as_list:
        return whole(octets, lambda reader: read_sequence(reader, read_data))
    return (whole(octets, read_data) if octets else None,)


def encode_request(request: AnyRequest) -> bytes:
    if isinstance(request, ActionNext):
        return head(REQUEST, _NEXT, request.invoke_id) + request.block.to_bytes(4)
    if isinstance(request, ActionBlock):
        return head(REQUEST, _BLOCK, request.invoke_id) + encode_block(request.block)
    if isinstance(request, ActionFirstBlock):
        choice = _LIST_AND_FIRST_BLOCK if request.as_list else _FIRST_BLOCK
        return head(REQUEST, choice, request.invoke_id) + _methods(request) + encode_block(request.block)
    if request.as_list:
        parameters = encode_sequence(request.parameters, _or_null)
        return head(REQUEST, _WITH_LIST, request.invoke_id) + _methods(request) + parameters
    return head(REQUEST, _NORMAL, request.invoke_id) + _methods(request) + encode_optional(request.parameters[0])


def decode_request(apdu: bytes) -> AnyRequest:
    """Raises MalformedData if it is no ACTION.request, or has not as many parameters as methods."""
    return whole(apdu, _read_request)


def encode_replies(replies: tuple[ActionReply, ...], *, as_list: bool) -> bytes:
    """As they stand in a response, and in the blocks that carry one."""
    return encode_sequence(replies, _encode_reply) if as_list else _encode_reply(replies[0])


def decode_replies(octets: bytes, *, as_list: bool) -> tuple[ActionReply, ...]:
    """Raises MalformedData if these are no replies."""
    return whole(octets, (lambda reader: read_sequence(reader, _read_reply)) if as_list else _read_one)


def encode_response(response: AnyResponse) -> bytes:
    if isinstance(response, ActionBlockTaken):
        return head(RESPONSE, _BLOCK_TAKEN, response.invoke_id) + response.block.to_bytes(4)
    if isinstance(response, ActionBlock):
        return head(RESPONSE, _RESPONSE_BLOCK, response.invoke_id) + encode_block(response.block)
    choice = _RESPONSE_LIST if response.as_list else _NORMAL
    return head(RESPONSE, choice, response.invoke_id) + encode_replies(response.replies, as_list=response.as_list)


def decode_response(apdu: bytes) -> AnyResponse:
    """Raises MalformedData if it is no ACTION.response."""
    return whole(apdu, _read_response)


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
        raise MalformedData("unknown ACTION.request")
    methods = read_sequence(reader, read_method)
    if choice == _LIST_AND_FIRST_BLOCK:
        return ActionFirstBlock(invoke_id, methods, read_block(reader), as_list=True)
    parameters = read_sequence(reader, read_data)
    if len(parameters) != len(methods):
        raise MalformedData("another number of parameters than of methods")
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
    raise MalformedData("unknown ACTION.response")
