"""The Flask app of the central system: API and pages on one database."""

import os

from flask import Response, request
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from pydantic import ValidationError
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge, ServiceUnavailable
from werkzeug.middleware.proxy_fix import ProxyFix

from agent.domain.errors import EplusError
from agent.domain.exchange import Problem
from agent.smm import problems
from agent.smm.api import blueprints
from agent.smm.database import Database, cookie_key
from agent.smm.keys import KeyBox
from agent.smm.pages import error_page, pages_blueprint
from agent.smm.pages.meter_import import MAX_FILE
from agent.smm.problems import ProblemRaised
from agent.smm.watching import watch

MAX_BODY = 4 << 20
PROXIES = "EPLUS_SMM_PROXIES"
_LATER, _WAIT_SECONDS = (429, 503), 5
"""Statuses that ask to come back, and after how long where the answer itself does not know better."""

_CONTENT_POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"


def create_app(database_url: str, *, secret_key: str | None = None) -> OpenAPI:
    """The WSGI app. The schema must be current (`database.migrate`).

    Session cookies are signed with `secret_key`, or else with a key that is kept in the database.
    """
    database = Database(database_url)
    app = OpenAPI(
        __name__,
        info=Info(title="SMM ePlus", version="1"),
        security_schemes={name: {"type": "http", "scheme": "bearer"} for name in ("session", "key")},
        validation_error_callback=_bad_message,
        doc_ui=False,
        static_folder=None,
    )
    with database.begin() as session:
        app.secret_key = secret_key or cookie_key(session)
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY, SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Strict")
    _trust_proxies(app)
    keys = KeyBox.for_database(database_url)
    for blueprint in blueprints(database, keys):
        app.register_api(blueprint)
    app.register_blueprint(pages_blueprint(database, keys))
    app.add_url_rule("/openapi.json", "document", lambda: dict(app.api_doc))
    _handle_errors(app)
    watch(app)
    app.before_request(_refuse_large_bodies)
    app.after_request(_harden)
    return app


def _trust_proxies(app: OpenAPI) -> None:
    """The proxies in front say where a call comes from and that it came over TLS; `EPLUS_SMM_PROXIES` counts them."""
    count = int(os.environ.get(PROXIES, "0") or "0")
    if count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]
        app.config["SESSION_COOKIE_SECURE"] = True


def _refuse_large_bodies() -> None:
    if request.endpoint == "pages.meter_import":
        request.max_content_length = MAX_FILE
    if (request.content_length or 0) > (request.max_content_length or MAX_BODY):
        raise RequestEntityTooLarge


def _harden(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _CONTENT_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if response.status_code in _LATER:
        response.headers.setdefault("Retry-After", str(_WAIT_SECONDS))
    return response


def _handle_errors(app: OpenAPI) -> None:
    """The API answers with problem details, the pages with a page."""
    app.register_error_handler(ProblemRaised, lambda error: problems.answer(error.problem, error.retry_after))
    app.register_error_handler(EplusError, lambda error: problems.answer(problems.of_error(error)))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_lost)
    app.register_error_handler(NoConnection, _database_lost)
    app.register_error_handler(DataError, _value_refused)


def _database_lost(_error: OperationalError | NoConnection) -> Response | tuple[str, int]:
    """The database is being moved to another host, or has too much to do: the client shall try again."""
    if request.path.startswith("/api/"):
        return problems.answer(Problem(title="The database does not answer", status=503, code="smm"))
    return error_page(ServiceUnavailable())


def _value_refused(_error: DataError) -> Response | tuple[str, int]:
    """The database does not take a text or a number of the request."""
    if request.path.startswith("/api/"):
        return problems.answer(Problem(title="It cannot be kept", status=422, code="bad-input"))
    return error_page(BadRequest())


def _bad_message(error: ValidationError) -> Response:
    return problems.of_validation(error)


def _http_error(error: HTTPException) -> Response | tuple[str, int] | HTTPException:
    if request.path.startswith("/api/"):
        return problems.of_http(error)
    return error_page(error) if (error.code or 500) >= 400 else error
