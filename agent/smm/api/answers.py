"""What the calls of the API share."""

import hashlib
from collections.abc import Callable

from flask import Response, make_response, request
from pydantic import BaseModel

from agent.smm.api import limits
from agent.smm.database import Database, utc_now
from agent.smm.problems import ProblemRaised

NUMBER_CURSOR = r"^[0-9]{1,18}$"
BEARER: list[dict[str, list[str]]] = [{"session": []}]
API_KEY: list[dict[str, list[str]]] = [{"key": []}]


def json_of(message: BaseModel, status: int = 200, *, version: str | None = None) -> Response:
    """`version` names the content where it is told in other octets each time."""
    response = make_response(message.model_dump_json(), status)
    response.headers["Content-Type"] = "application/json"
    response.headers["Cache-Control"] = "no-cache, private"
    if version is not None:
        response.set_etag(hashlib.sha256(version.encode()).hexdigest()[:32], weak=True)
    return response


def only_if_changed(response: Response) -> Response:
    """A list that is asked for again and again is sent again only if there is something new in it."""
    if request.method == "GET" and response.status_code == 200:
        if response.get_etag()[0] is None:
            response.add_etag(weak=True)
        response.make_conditional(request)
    return response


def limiter(database: Database) -> Callable[[], None]:
    """Called before each call. Raises ProblemRaised 429, 415."""

    def check() -> None:
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise ProblemRaised(415, "Compressed messages are not taken", "bad-input")
        client, most = limits.client_of(request)
        now = utc_now()
        with database.at_once() as connection:
            counted = limits.count(connection, client, now)
        if counted > most:
            raise ProblemRaised(429, "Too many calls", "rate-limited", retry_after=limits.seconds_left(now))

    return check
