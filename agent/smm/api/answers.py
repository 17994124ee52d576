"""What the calls of the API share."""

from flask import Response, make_response
from pydantic import BaseModel

from agent.smm.problems import ProblemRaised

BEARER: list[dict[str, list[str]]] = [{"session": []}]
API_KEY: list[dict[str, list[str]]] = [{"key": []}]


def json_of(message: BaseModel, status: int = 200) -> Response:
    response = make_response(message.model_dump_json(), status)
    response.headers["Content-Type"] = "application/json"
    response.headers["Cache-Control"] = "no-store"
    return response


def number_of(cursor: str | None) -> int:
    """Of a cursor that we gave; 0 for none. Raises ProblemRaised 400."""
    if cursor is None:
        return 0
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
        raise ProblemRaised(400, "Unknown cursor", "bad-input")
    return int(cursor)
