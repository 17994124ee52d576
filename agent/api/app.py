"""The Flask app: the built page, its websocket and downloads, for this machine's own pages only."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, abort, jsonify, request, send_from_directory
from flask.typing import RouteCallable
from flask_sock import Sock

from agent.api.door import Door
from agent.api.hub import Hub
from agent.api.rpc import Method
from agent.api.socket import MAX_MESSAGE, serve_page

PAGE = Path(__file__).with_name("page")

_MOST_OCTETS = 4 << 20
_NO_STORE = {"Cache-Control": "no-store"}
_CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data:; connect-src 'self' ws://{host}; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'"
)


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
    app.config["SOCK_SERVER_OPTIONS"] = {"max_message_size": MAX_MESSAGE}
    app.config["MAX_CONTENT_LENGTH"] = _MOST_OCTETS
    app.before_request(door.guard)
    app.after_request(_harden)
    for path, view in _Views(door, downloads).routes():
        app.add_url_rule(path, view.__name__, view)

    def socket(ws: object) -> None:
        serve_page(ws, hub, methods, loop)

    Sock(app).route("/ws")(socket)
    return app


def _harden(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _CONTENT_POLICY.format(host=request.host)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@dataclass(frozen=True)
class _Views:
    door: Door
    downloads: Downloads

    def routes(self) -> Iterator[tuple[str, RouteCallable]]:
        yield "/health", self.health
        yield "/", self.index
        yield "/<path:name>", self.page
        yield "/jobs/<job>.csv", self.job_csv
        yield "/jobs/<job>/rows.json", self.job_rows

    def health(self) -> Response:
        response = jsonify(ok=True, permitted=self.door.is_open())
        response.headers.update(_NO_STORE)
        return response

    def index(self) -> Response:
        return self.door.let_in() if "token" in request.args else self.page("index.html")

    def page(self, name: str) -> Response:
        response = send_from_directory(PAGE, name)
        immutable = name.startswith("assets/")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if immutable else "no-cache"
        return response

    def job_csv(self, job: str) -> Response:
        found = self.downloads.csv(job)
        if found is None:
            abort(404)
        name, content = found
        headers = {"Content-Disposition": f'attachment; filename="{name}"', **_NO_STORE}
        return Response(content, content_type="text/csv; charset=utf-8", headers=headers)

    def job_rows(self, job: str) -> Response:
        content = self.downloads.rows(job)
        if content is None:
            abort(404)
        return Response(content, content_type="application/json", headers=_NO_STORE)
