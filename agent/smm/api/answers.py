"""How the API answers: JSON with a version, 304 for what has not changed, and limits that hold for every call."""

import hashlib
from collections.abc import Callable

from flask import Response, make_response, request
from pydantic import BaseModel

from agent.smm.api import limits
from agent.smm.database import Database, utc_now
from agent.smm.problems import ProblemRaised

NUMBER_CURSOR = r"^[0-9]{1,18}$"


def json_of(message: BaseModel, status: int = 200, *, version: str | None = None) -> Response:
    """The message as JSON. `version` identifies the content where its octets differ each time, as with sealed keys."""
    response = make_response(message.model_dump_json(), status)
    response.headers["Content-Type"] = "application/json"
    response.headers["Cache-Control"] = "no-cache, private"
    if version is not None:
        response.set_etag(hashlib.sha256(version.encode()).hexdigest()[:32], weak=True)
    return response


def only_if_changed(response: Response) -> Response:
    """Makes a list that is polled conditional: it is sent again only if it has changed."""
    if request.method == "GET" and response.status_code == 200:
        if response.get_etag()[0] is None:
            response.add_etag(weak=True)
        response.make_conditional(request)
    return response


def limiter(database: Database) -> Callable[[], None]:
    """A check to run before each call. It raises ProblemRaised 429 or 415."""

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
