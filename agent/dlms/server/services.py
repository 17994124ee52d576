"""GET, SET and ACTION of a server, with what is unfinished between two blocks (IEC 62056-5-3:2017)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from agent.dlms.axdr.coding import Data
from agent.dlms.cosem.names import ActionResult, AttributeDescriptor, DataAccessResult, MethodDescriptor
from agent.dlms.server.logical_device import LogicalDevice
from agent.dlms.server.settings import ServerSettings
from agent.dlms.xdlms import action, get, set
from agent.dlms.xdlms.common import BLOCK_OVERHEAD, Block, Result
from agent.dlms.xdlms.exception import (
    OTHER_REASON,
    SERVICE_NOT_ALLOWED,
    SERVICE_NOT_SUPPORTED,
    SERVICE_UNKNOWN,
    ExceptionResponse,
    encode_exception,
)
from agent.dlms.xdlms.initiate import Conformance
from agent.domain.errors import MalformedData

MAX_BLOCK_DATA = 1 << 18
"""Octets of values or parameters that arrive in blocks; longer ones are refused."""
NOT_ALLOWED = encode_exception(ExceptionResponse(SERVICE_NOT_ALLOWED, OTHER_REASON))
NOT_SUPPORTED = encode_exception(ExceptionResponse(SERVICE_NOT_ALLOWED, SERVICE_NOT_SUPPORTED))
UNKNOWN = encode_exception(ExceptionResponse(SERVICE_UNKNOWN, SERVICE_NOT_SUPPORTED))
MALFORMED = encode_exception(ExceptionResponse(SERVICE_UNKNOWN, OTHER_REASON))


@dataclass
class _LongResponse:
    """What still has to be sent in blocks."""

    invoke_id: int
    content: bytes
    block: int = 0


@dataclass
class _LongRequest:
    """Values or parameters that have arrived in blocks so far."""

    invoke_id: int
    as_list: bool
    targets: tuple[AttributeDescriptor, ...] | tuple[MethodDescriptor, ...]
    content: bytearray = field(default_factory=bytearray)
    block: int = 0


class Services:
    """Serves one association.

    In octets: `room` is the longest response, without protection, None if there is no limit; `block` is the longest
    APDU that carries a data block.
    """

    def __init__(
        self,
        device: LogicalDevice,
        client_sap: int,
        conformance: Conformance,
        room: int | None,
        block: int,
        settings: ServerSettings | None = None,
    ) -> None:
        settings = settings or ServerSettings()
        self._device, self._client_sap = device, client_sap
        self._conformance = conformance
        self._room = room
        self._block_size = max(1, block - BLOCK_OVERHEAD)
        self._list_limit, self._beyond_list = settings.list_limit, settings.beyond_list
        self._long_response: _LongResponse | None = None
        self._long_request: _LongRequest | None = None

    def serve(self, apdu: bytes) -> bytes:
        """The response to a request.

        Raises:
            MalformedData: the request is malformed.
        """
        handlers: dict[int, tuple[Conformance, Callable[[bytes], bytes]]] = {
            get.REQUEST: (Conformance.GET, self._get),
            set.REQUEST: (Conformance.SET, self._set),
            action.REQUEST: (Conformance.ACTION, self._action),
        }
        service = handlers.get(apdu[0])
        if service is None:
            return UNKNOWN
        return service[1](apdu) if service[0] in self._conformance else NOT_SUPPORTED

    def _lists_allowed(self) -> bool:
        return Conformance.MULTIPLE_REFERENCES in self._conformance

    def _is_short(self, apdu: bytes) -> bool:
        return self._room is None or len(apdu) <= self._room

    # ── GET ──

    def _get(self, apdu: bytes) -> bytes:
        request = get.decode_request(apdu)
        if isinstance(request, get.GetNext):
            return self._next_block(request)
        self._long_response = None
        selected = any(attribute.access for attribute in request.attributes)
        if request.as_list and not self._lists_allowed():
            return NOT_SUPPORTED
        if selected and Conformance.SELECTIVE_ACCESS not in self._conformance:
            return NOT_SUPPORTED
        if self._list_limit is not None and len(request.attributes) > self._list_limit and self._beyond_list is None:
            return NOT_ALLOWED
        results = self._read(request.attributes)
        whole = get.encode_response(get.GetResponse(request.invoke_id, results, as_list=request.as_list))
        if self._is_short(whole):
            return whole
        if Conformance.BLOCK_TRANSFER_WITH_GET not in self._conformance:
            return NOT_ALLOWED
        encoded = get.encode_results(results, as_list=request.as_list)
        self._long_response = _LongResponse(request.invoke_id, encoded if request.as_list else encoded[1:])
        return self._get_block(self._long_response)

    def _read(self, attributes: tuple[AttributeDescriptor, ...]) -> tuple[Result, ...]:
        if self._list_limit is not None and len(attributes) > self._list_limit and self._beyond_list is not None:
            return (self._beyond_list,) * len(attributes)
        return tuple(self._device.read(self._client_sap, attribute) for attribute in attributes)

    def _next_block(self, request: get.GetNext) -> bytes:
        response = self._long_response
        if response is None or request.invoke_id != response.invoke_id:
            return self._get_refused(request, DataAccessResult.NO_LONG_GET_IN_PROGRESS)
        if request.block != response.block:
            self._long_response = None
            return self._get_refused(request, DataAccessResult.DATA_BLOCK_NUMBER_INVALID)
        return self._get_block(response)

    def _get_block(self, response: _LongResponse) -> bytes:
        return get.encode_response(get.GetBlock(response.invoke_id, self._piece(response)))

    def _get_refused(self, request: get.GetNext, result: DataAccessResult) -> bytes:
        return get.encode_response(get.GetBlockRefused(request.invoke_id, request.block, result))

    def _piece(self, response: _LongResponse) -> Block:
        piece, response.content = response.content[: self._block_size], response.content[self._block_size :]
        response.block += 1
        if not response.content:
            self._long_response = None
        return Block(not response.content, response.block, piece)

    # ── SET ──

    def _set(self, apdu: bytes) -> bytes:
        request = set.decode_request(apdu)
        if isinstance(request, set.SetRequest):
            results = self._write(request.attributes, request.values)
            return set.encode_response(set.SetResponse(request.invoke_id, results, request.as_list))
        if Conformance.BLOCK_TRANSFER_WITH_SET not in self._conformance:
            return NOT_SUPPORTED
        if isinstance(request, set.SetFirstBlock):
            self._long_request = _LongRequest(request.invoke_id, request.as_list, request.attributes)
        long = self._long_request
        if not isinstance(request, set.SetFirstBlock | set.SetBlock) or long is None:
            return self._set_refused(request.invoke_id, DataAccessResult.NO_LONG_SET_IN_PROGRESS, 0)
        if not self._collect(long, request.invoke_id, request.block):
            return self._set_refused(request.invoke_id, DataAccessResult.DATA_BLOCK_NUMBER_INVALID, long.block)
        if not request.block.last:
            return set.encode_response(set.SetBlockTaken(request.invoke_id, request.block.number))
        return self._set_long(long)

    def _set_long(self, long: _LongRequest) -> bytes:
        self._long_request = None
        attributes = tuple(target for target in long.targets if isinstance(target, AttributeDescriptor))
        values = set.decode_values(bytes(long.content), as_list=long.as_list)
        if len(values) != len(attributes):
            raise MalformedData("number of values differs from number of attributes")
        results = self._write(attributes, values)
        return set.encode_response(set.SetResponse(long.invoke_id, results, long.as_list, long.block))

    def _set_refused(self, invoke_id: int, result: DataAccessResult, block: int) -> bytes:
        self._long_request = None
        return set.encode_response(set.SetResponse(invoke_id, (result,), as_list=False, block=block))

    def _write(
        self, attributes: tuple[AttributeDescriptor, ...], values: tuple[Data, ...]
    ) -> tuple[DataAccessResult, ...]:
        return tuple(
            self._device.write(self._client_sap, attribute, value)
            for attribute, value in zip(attributes, values, strict=True)
        )

    # ── ACTION ──

    def _action(self, apdu: bytes) -> bytes:
        request = action.decode_request(apdu)
        if isinstance(request, action.ActionRequest):
            return self._invoke(request.invoke_id, request.methods, request.parameters, as_list=request.as_list)
        if Conformance.BLOCK_TRANSFER_WITH_ACTION not in self._conformance:
            return NOT_SUPPORTED
        if isinstance(request, action.ActionNext):
            return self._next_reply_block(request)
        if isinstance(request, action.ActionFirstBlock):
            self._long_request = _LongRequest(request.invoke_id, request.as_list, request.methods)
        long = self._long_request
        if long is None or not self._collect(long, request.invoke_id, request.block):
            return self._action_refused(request.invoke_id, ActionResult.NO_LONG_ACTION_IN_PROGRESS)
        if not request.block.last:
            return action.encode_response(action.ActionBlockTaken(request.invoke_id, request.block.number))
        self._long_request = None
        methods = tuple(target for target in long.targets if isinstance(target, MethodDescriptor))
        parameters = action.decode_parameters(bytes(long.content), as_list=long.as_list)
        if len(parameters) != len(methods):
            raise MalformedData("number of parameters differs from number of methods")
        return self._invoke(long.invoke_id, methods, parameters, as_list=long.as_list)

    def _invoke(
        self,
        invoke_id: int,
        methods: tuple[MethodDescriptor, ...],
        parameters: tuple[Data | None, ...],
        *,
        as_list: bool,
    ) -> bytes:
        replies = tuple(
            self._device.invoke(self._client_sap, method, given)
            for method, given in zip(methods, parameters, strict=True)
        )
        whole = action.encode_response(action.ActionResponse(invoke_id, replies, as_list))
        if self._is_short(whole):
            return whole
        if Conformance.BLOCK_TRANSFER_WITH_ACTION not in self._conformance:
            return NOT_ALLOWED
        self._long_response = _LongResponse(invoke_id, action.encode_replies(replies, as_list=as_list))
        return action.encode_response(action.ActionBlock(invoke_id, self._piece(self._long_response)))

    def _next_reply_block(self, request: action.ActionNext) -> bytes:
        response = self._long_response
        if response is None or (request.invoke_id, request.block) != (response.invoke_id, response.block):
            self._long_response = None
            return self._action_refused(request.invoke_id, ActionResult.NO_LONG_ACTION_IN_PROGRESS)
        return action.encode_response(action.ActionBlock(request.invoke_id, self._piece(response)))

    def _action_refused(self, invoke_id: int, result: ActionResult) -> bytes:
        self._long_request = None
        return action.encode_response(action.ActionResponse(invoke_id, (action.ActionReply(result),), as_list=False))

    def _collect(self, long: _LongRequest, invoke_id: int, block: Block) -> bool:
        """Adds a block; False if it is not the one that was due."""
        if invoke_id != long.invoke_id or block.number != long.block + 1:
            self._long_request = None
            return False
        long.block = block.number
        long.content += block.content
        if len(long.content) > MAX_BLOCK_DATA:
            self._long_request = None
            raise MalformedData("value too long")
        return True
