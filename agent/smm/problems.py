"""Errors of the API as problem details (RFC 9457), with the codes of `domain/words`."""

from functools import cache
from typing import Any

from flask import Response, make_response
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from agent.domain.errors import EplusError, InputError, OrderRefused, OrdersRefused
from agent.domain.exchange import Problem
from agent.domain.words import plain

CONTENT_TYPE = "application/problem+json"


class ProblemRaised(Exception):
    """Ends a request with problem details."""

    def __init__(self, status: int, title: str, code: str | None = None, *, retry_after: int | None = None) -> None:
        """`retry_after` in seconds."""
        super().__init__(title)
        self.problem = Problem(title=title, status=status, code=code)
        self.retry_after = retry_after


def answer(problem: Problem, retry_after: int | None = None) -> Response:
    """The problem as a response; `retry_after` in seconds."""
    response = make_response(problem.model_dump_json(exclude_none=True), problem.status)
    response.headers["Content-Type"] = CONTENT_TYPE
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def of_validation(error: ValidationError) -> Response:
    """Names the fields that are wrong, and never repeats their content."""
    places = [".".join(map(str, fault["loc"])) or "body" for fault in error.errors()][:5]
    detail = f"not as agreed: {', '.join(places)}"
    return answer(Problem(title="Bad message", status=422, detail=detail, code="bad-input"))


def of_http(error: HTTPException) -> Response:
    """An HTTP error of Flask's as problem details."""
    return answer(Problem(title=error.name, status=error.code or 500))


def of_error(error: EplusError) -> Problem:
    """One of our errors, in English; with `params` a client fills in the code's text in another language."""
    more: dict[str, Any] = {"params": error.params}
    if isinstance(error, OrdersRefused):
        more["meters"] = {serial: _reason(reason) for serial, reason in error.reasons.items()}
    words = plain(error)
    return Problem(title=words.what, status=_status(error), detail=words.todo, code=error.code, **more)


def _reason(error: EplusError) -> dict[str, Any]:
    return {"code": error.code, "title": plain(error).what, "params": error.params}


def _status(error: EplusError) -> int:
    if error.code == "order-unknown":
        return 404
    conflict = isinstance(error, OrderRefused) or error.code in ("order-ended", "outcome-undecided", "order-key-used")
    return 409 if conflict else 422 if isinstance(error, InputError) else 500


def responses(*statuses: int) -> dict[str | int, Any]:
    """The statuses as problem details, for the OpenAPI document."""
    content = {CONTENT_TYPE: {"schema": _problem_schema()}}
    return {str(status): {"description": "Problem", "content": content} for status in statuses}


@cache
def _problem_schema() -> dict[str, Any]:
    return Problem.model_json_schema()
