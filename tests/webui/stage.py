"""A scripted agent: serves the built page and answers as a scene says, so that each state can be looked at.

It speaks the real messages (`agent.api`) over the real websocket protocol, and sends the agent's content
policy; behind it there are no meters, no store and no clock.
"""

import json
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, jsonify, send_from_directory
from flask_sock import Sock
from simple_websocket import ConnectionClosed
from werkzeug.serving import make_server

from agent.api.app import PAGE
from agent.api.load_profiles import ProfileColumns
from agent.api.message import Empty, ErrorInfo, PageMessage
from agent.api.state import PageState

Reply = PageMessage | Callable[[dict[str, Any]], PageMessage]
"""An answer, or what makes one of the params; an `ErrorInfo` is a refusal."""

_POLICY = "default-src 'self'; img-src 'self' data:; connect-src 'self' ws://127.0.0.1:{port}; base-uri 'none'"


@dataclass
class Script:
    """What the page finds, and what it is answered. A method without an answer gets `Empty`.

    `changes` are parts of the state, told one after the other to a page that has opened. `asked` collects what the
    page asked for: method and params, in order.
    """

    state: PageState
    replies: Mapping[str, Reply] = field(default_factory=dict)
    rows: ProfileColumns | None = None
    changes: Sequence[tuple[str, PageMessage]] = ()
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def answer(self, method: str, params: dict[str, Any]) -> PageMessage:
        self.asked.append((method, params))
        reply = self.replies.get(method, Empty())
        return reply if isinstance(reply, PageMessage) else reply(params)


class Stage:
    """A server for pages; `play` changes the script for pages that open from then on."""

    def __init__(self) -> None:
        self.script: Script | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._sockets: list[Any] = []
        self._sending = threading.Lock()  # a socket that two threads write to at once mixes their messages up
        self._seq = 1
        self._server = make_server("127.0.0.1", self.port, self._app(), threaded=True)
        threading.Thread(target=self._server.serve_forever, name="stage", daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def play(self, script: Script) -> Script:
        self.script = script
        return script

    def change(self, part: str, value: Any) -> None:
        """Tells every open page the new value of one part of the state."""
        with self._sending:
            self._seq += 1
            change = {"seq": self._seq, "part": part, "value": value}
            for ws in self._sockets:
                with suppress(ConnectionClosed):
                    ws.send(json.dumps({"jsonrpc": "2.0", "method": "change", "params": change}))

    def close(self) -> None:
        self._server.shutdown()

    def _app(self) -> Flask:
        app = Flask(__name__, static_folder=None)

        @app.after_request
        def harden(response: Response) -> Response:
            response.headers["Content-Security-Policy"] = _POLICY.format(port=self.port)
            return response

        @app.get("/health")
        def health() -> Response:
            return jsonify(ok=True, permitted=True)

        @app.get("/jobs/<job>/rows.json")
        def rows(job: str) -> Response:  # noqa: ARG001
            assert self.script is not None and self.script.rows is not None
            return Response(self.script.rows.model_dump_json(), content_type="application/json")

        @app.get("/", defaults={"name": "index.html"})
        @app.get("/<path:name>")
        def page(name: str) -> Response:
            return send_from_directory(PAGE, name)

        Sock(app).route("/ws")(self._serve)
        return app

    def _serve(self, ws: Any) -> None:
        script = self.script
        assert script is not None
        with self._sending:
            snapshot = {"seq": self._seq, "state": script.state.model_dump(mode="json")}
            ws.send(json.dumps({"jsonrpc": "2.0", "method": "snapshot", "params": snapshot}))
            self._sockets.append(ws)
        for part, value in script.changes:
            self.change(part, value.model_dump(mode="json"))
        try:
            while True:
                self._reply(ws, script, json.loads(ws.receive()))
        except ConnectionClosed:
            with self._sending:
                self._sockets.remove(ws)

    def _reply(self, ws: Any, script: Script, request: dict[str, Any]) -> None:
        answer = script.answer(request["method"], request["params"])
        shown = answer.model_dump(mode="json")
        outcome = (
            {"error": {"code": -32000, "message": answer.code, "data": shown}}
            if isinstance(answer, ErrorInfo)
            else {"result": shown}
        )
        with self._sending:
            ws.send(json.dumps({"jsonrpc": "2.0", "id": request["id"], **outcome}))
