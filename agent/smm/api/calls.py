"""A call of the API as data: its route, its view, and what it may answer."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel

from agent.smm.problems import responses

BEARER: list[dict[str, list[str]]] = [{"session": []}]
API_KEY: list[dict[str, list[str]]] = [{"key": []}]
TABLET_PROBLEMS = (401, 403, 415, 422, 429)
"""Statuses that any call with a technician's session may answer."""


@dataclass(frozen=True)
class Call:
    """One operation. The docstring of `view` is its summary in the OpenAPI document.

    `answers` has the message of each good status; `problems` are the statuses of problem details; `security` is None
    for a call that needs no token.
    """

    method: Literal["GET", "POST"]
    path: str
    view: Callable[..., Response]
    answers: Mapping[str | int, type[BaseModel]]
    problems: tuple[int, ...]
    security: list[dict[str, list[str]]] | None = None


def blueprint_of(name: str, calls: Iterable[Call], prefix: str | None = "/api/v1") -> APIBlueprint:
    """The calls as one blueprint."""
    api = APIBlueprint(name, __name__, url_prefix=prefix)
    for call in calls:
        register = api.get if call.method == "GET" else api.post
        answers = {**call.answers, **responses(*call.problems)}
        register(call.path, responses=answers, security=call.security)(_as_function(call.view))
    return api


def _as_function(view: Callable[..., Response]) -> Callable[..., Response]:
    """The OpenAPI library sets an attribute on each view, which a method does not take."""

    @wraps(view)
    def call(**arguments: BaseModel) -> Response:
        return view(**arguments)

    return call
