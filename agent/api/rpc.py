"""JSON-RPC 2.0: how a method of the page is marked, and requests parsed strictly and answered."""

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar, get_type_hints

from pydantic import BaseModel, ValidationError

from agent.api.message import ErrorInfo, error_info
from agent.domain.errors import EplusError

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
APPLICATION_ERROR = -32000

Handler = Callable[[Any], Awaitable[BaseModel]]
RequestId = str | int | None
F = TypeVar("F", bound=Callable[..., Awaitable[BaseModel]])

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Method:
    """A method that can be called: the message it takes, and what answers."""

    params: type[BaseModel]
    handler: Handler


@dataclass(frozen=True)
class RpcRequest:
    """A request that was understood."""

    id: RequestId
    method: str
    params: BaseModel
    handler: Handler


class BadRequest(Exception):
    """Not a request of ours; `reply` is the JSON-RPC error to send."""

    def __init__(self, request_id: RequestId, code: int, message: str) -> None:
        super().__init__(message)
        self.reply = _error(request_id, code, message, ErrorInfo(code="bad-input", params={"field": message}))


def method(name: str) -> Callable[[F], F]:
    """Marks a coroutine method as that method of the page; its annotations say which messages it takes and gives."""

    def mark(function: F) -> F:
        function._rpc_name = name  # type: ignore[attr-defined]
        return function

    return mark


def methods_of(*services: object) -> dict[str, Method]:
    """Every marked method of these objects, by its name."""
    return {
        name: Method(params, getattr(service, attribute))
        for service in services
        for name, attribute, params, _ in marked(type(service))
    }


class Marked(NamedTuple):
    """A marked method of a class."""

    name: str
    attribute: str
    params: type[BaseModel]
    result: type[BaseModel]


def marked(kind: type) -> list[Marked]:
    """The marked methods of a class, in order."""
    found = []
    for attribute, function in vars(kind).items():
        if (name := getattr(function, "_rpc_name", None)) is not None:
            types = get_type_hints(function)
            result = types.pop("return")
            (params,) = types.values()
            found.append(Marked(name, attribute, params, result))
    return found


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
