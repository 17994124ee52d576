"""The Flask app: the built page, its websocket and downloads, for this machine's own pages only."""

import asyncio
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, abort, jsonify, redirect, request, send_from_directory
from flask_sock import Sock

from agent.api.hub import Hub
from agent.api.rpc import Method
from agent.api.socket import MAX_MESSAGE, PING_SECONDS, serve_page

PAGE = Path(__file__).with_name("page")

_OWN_HOSTS = ("127.0.0.1", "localhost")
_COOKIE_SECONDS = 365 * 24 * 3600
_CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data:; connect-src 'self' ws://{host}; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'"
)


@dataclass(frozen=True)
class Door:
    """Who may come in: pages of this port that once brought the launch token."""

    port: int
    token: str

    @property
    def cookie(self) -> str:
        return f"eplus-{self.port}"

    def knows_host(self, host: str) -> bool:
        return host in {f"{name}:{self.port}" for name in _OWN_HOSTS}

    def opens_to(self, token: str | None) -> bool:
        return token is not None and hmac.compare_digest(token.encode(), self.token.encode())


@dataclass(frozen=True)
class Downloads:
    """`csv` gives a job's file name and content, `rows` its load profile as JSON of `ProfileColumns`, both in pieces;
    None where it has no result."""

    csv: Callable[[str], tuple[str, Iterable[bytes]] | None]
    rows: Callable[[str], Iterable[bytes] | None]


def create_app(
    hub: Hub, methods: dict[str, Method], loop: asyncio.AbstractEventLoop, door: Door, downloads: Downloads
) -> Flask:
    """The app that serves the built page."""
    app = Flask(__name__, static_folder=None)
    app.config["SOCK_SERVER_OPTIONS"] = {"ping_interval": PING_SECONDS, "max_message_size": MAX_MESSAGE}
    app.config["MAX_CONTENT_LENGTH"] = 4 << 20

    def permitted() -> bool:
        return door.opens_to(request.cookies.get(door.cookie))

    @app.before_request
    def only_our_own_pages() -> None:
        origin = request.headers.get("Origin")
        if not door.knows_host(request.host) or (origin is not None and origin != f"http://{request.host}"):
            abort(403)
        if request.path.startswith(("/ws", "/jobs/")) and not permitted():
            abort(403)

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _CONTENT_POLICY.format(host=request.host)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    @app.get("/health")
    def health() -> Response:
        response = jsonify(ok=True, permitted=permitted())
        response.headers["Cache-Control"] = "no-store"
        return response

    @app.get("/")
    def index() -> Response:
        if "token" not in request.args:
            return page("index.html")
        if not door.opens_to(request.args["token"]):
            abort(403)
        response = redirect("/", 303)
        response.set_cookie(door.cookie, door.token, max_age=_COOKIE_SECONDS, httponly=True, samesite="Strict")
        response.headers["Cache-Control"] = "no-store"
        assert isinstance(response, Response)
        return response

    @app.get("/<path:name>")
    def page(name: str) -> Response:
        response = send_from_directory(PAGE, name)
        immutable = name.startswith("assets/")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if immutable else "no-cache"
        return response

    @app.get("/jobs/<job>.csv")
    def job_csv(job: str) -> Response:
        found = downloads.csv(job)
        if found is None:
            abort(404)
        name, content = found
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(content, content_type="text/csv; charset=utf-8", headers=headers)

    @app.get("/jobs/<job>/rows.json")
    def job_rows(job: str) -> Response:
        content = downloads.rows(job)
        if content is None:
            abort(404)
        return Response(content, content_type="application/json", headers={"Cache-Control": "no-store"})

    def socket(ws: object) -> None:
        serve_page(ws, hub, methods, loop)

    Sock(app).route("/ws")(socket)
    return app
