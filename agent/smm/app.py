"""The Flask app of the central system: API and pages on one database."""

import os

from flask import Response, request
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from pydantic import ValidationError
from sqlalchemy.exc import DataError, OperationalError
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
_WAIT_SECONDS = 5
_CONTENT_POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"


def create_app(database_url: str, *, secret_key: str | None = None) -> OpenAPI:
    """The WSGI app; the schema must be current (`database.migrate`)."""
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
    app.register_error_handler(ProblemRaised, lambda error: problems.answer(error.problem, error.retry_after))
    app.register_error_handler(EplusError, lambda error: problems.answer(problems.of_error(error)))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_lost)
    app.register_error_handler(DataError, _not_to_be_kept)

    watch(app)

    @app.before_request
    def refuse_what_is_too_large() -> None:
        if request.endpoint == "pages.meter_import":
            request.max_content_length = MAX_FILE
        if (request.content_length or 0) > (request.max_content_length or MAX_BODY):
            raise RequestEntityTooLarge

    @app.get("/openapi.json", doc_ui=False)
    def document() -> dict[str, object]:
        return dict(app.api_doc)

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _CONTENT_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    return app


def _database_lost(_error: OperationalError) -> Response | tuple[str, int]:
    """It is being moved to another host, say: whoever asked asks again."""
    if request.path.startswith("/api/"):
        return problems.answer(Problem(title="The database does not answer", status=503, code="smm"), _WAIT_SECONDS)
    return error_page(ServiceUnavailable())


def _trust_proxies(app: OpenAPI) -> None:
    """Whoever stands before us says where a call comes from, and that it came over TLS."""
    count = int(os.environ.get(PROXIES, "0") or "0")
    if count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]
        app.config["SESSION_COOKIE_SECURE"] = True


def _not_to_be_kept(_error: DataError) -> Response | tuple[str, int]:
    """A text or a number that the database does not take."""
    if request.path.startswith("/api/"):
        return problems.answer(Problem(title="It cannot be kept", status=422, code="bad-input"))
    return error_page(BadRequest())


def _bad_message(error: ValidationError) -> Response:
    return problems.of_validation(error)


def _http_error(error: HTTPException) -> Response | tuple[str, int] | HTTPException:
    if request.path.startswith("/api/"):
        return problems.of_http(error)
    return error_page(error) if (error.code or 500) >= 400 else error
