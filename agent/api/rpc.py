"""JSON-RPC 2.0 requests of the page, taken apart strictly and handed to the service."""

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from agent.api.messages import ErrorInfo, RpcMethod
from agent.api.views import error_info
from agent.domain.errors import EplusError

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
APPLICATION_ERROR = -32000

Handler = Callable[[Any], Awaitable[BaseModel]]
RequestId = str | int | None

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Method:
    params: type[BaseModel]
    handler: Handler


@dataclass(frozen=True)
class RpcRequest:
    id: RequestId
    method: str
    params: BaseModel
    handler: Handler


class BadRequest(Exception):
    """A message that is no request of ours; `reply` is the JSON-RPC error to send."""

    def __init__(self, request_id: RequestId, code: int, message: str) -> None:
        super().__init__(message)
        self.reply = _error(request_id, code, message, ErrorInfo(code="bad-input", params={"field": message}))


def methods_of(*services: object) -> dict[str, Method]:
    """Every method of `RpcMethod`, bound to the method of the same name (dots as underscores) of one of these."""
    table = {}
    for name, field in RpcMethod.model_fields.items():
        params, _ = get_args(field.annotation)
        owner = next(service for service in services if hasattr(service, name))
        table[str(field.alias)] = Method(params, getattr(owner, name))
    return table


def parse_request(text: str | bytes, methods: dict[str, Method]) -> RpcRequest:
    """The request in a message of the page.

    Raises:
        BadRequest: it is not JSON, not JSON-RPC 2.0, or not a method and params of ours.
    """
    if isinstance(text, bytes):
        raise BadRequest(None, INVALID_REQUEST, "text messages only")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequest(None, PARSE_ERROR, "not JSON") from None
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        raise BadRequest(None, INVALID_REQUEST, "not JSON-RPC 2.0")
    request_id = message.get("id")
    if not isinstance(request_id, str | int) or isinstance(request_id, bool):
        raise BadRequest(None, INVALID_REQUEST, "id is a text or a whole number")
    name = message.get("method")
    method = methods.get(name) if isinstance(name, str) else None
    if method is None:
        raise BadRequest(request_id, METHOD_NOT_FOUND, "unknown method")
    try:
        params = method.params.model_validate(message.get("params", {}))
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "params"
        raise BadRequest(request_id, INVALID_PARAMS, where) from None
    return RpcRequest(request_id, str(name), params, method.handler)


async def answer(request: RpcRequest) -> str:
    """Runs the request and gives the reply to send, whatever happens."""
    try:
        result = await request.handler(request.params)
    except EplusError as error:
        return _error(request.id, APPLICATION_ERROR, error.code, error_info(error))
    except Exception as error:
        _log.exception("%s failed: %s", request.method, type(error).__name__)
        return _error(request.id, INTERNAL_ERROR, "internal error", ErrorInfo(code="internal"))
    return json.dumps({"jsonrpc": "2.0", "id": request.id, "result": result.model_dump(mode="json")})


def _error(request_id: RequestId, code: int, message: str, info: ErrorInfo) -> str:
    error = {"code": code, "message": message, "data": info.model_dump(mode="json")}
    return json.dumps({"jsonrpc": "2.0", "id": request_id, "error": error})
