"""Connections to the page's server: not too many at once, and none that sends its request drop by drop."""

import socket
import threading
import time
from typing import Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

MOST_CONNECTIONS = 64
REQUEST_SECONDS = 10.0
"""For a whole request, from the connection to the begin of the answer."""
SILENCE_SECONDS = 30.0
"""For the other side to take any octet of an answer."""


class BoundedServer(ThreadedWSGIServer):
    """Has a thread for each of its connections; further ones are closed at once, and so is who takes too long."""

    def __init__(self, *args: Any, **named: Any) -> None:
        self._due: dict[socket.socket, float | None] = {}
        self._lock = threading.Lock()
        super().__init__(*args, **named)

    def process_request(self, request: Any, client_address: Any) -> None:
        """One more connection. For the server's own thread."""
        with self._lock:
            is_taken = len(self._due) < MOST_CONNECTIONS
            if is_taken:
                self._due[request] = time.monotonic() + REQUEST_SECONDS
        if is_taken:
            super().process_request(request, client_address)
        else:
            super().shutdown_request(request)

    def shutdown_request(self, request: Any) -> None:
        """A connection is over."""
        with self._lock:
            self._due.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Ends the connections that are overdue; called twice a second."""
        now = time.monotonic()
        with self._lock:
            overdue = [request for request, due in self._due.items() if due is not None and due < now]
        for request in overdue:
            _end(request)

    def has_asked(self, request: socket.socket) -> None:
        """The request is complete; its answer may take as long as it needs."""
        with self._lock:
            if request in self._due:
                self._due[request] = None


class BoundedHandler(WSGIRequestHandler):
    """One request of a connection. Nothing is logged: paths and times of requests are nobody's business."""

    protocol_version = "HTTP/1.1"
    timeout = SILENCE_SECONDS
    server: BoundedServer

    def make_environ(self) -> dict[str, Any]:
        """A websocket has asked with its headers, and stays open as long as both sides want."""
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self.server.has_asked(self.connection)
            self.connection.settimeout(None)
        return super().make_environ()

    def send_response(self, code: int, message: str | None = None) -> None:
        """An answer begins."""
        self.server.has_asked(self.connection)
        super().send_response(code, message)

    def log_request(self, *_: object) -> None:
        """Nothing."""

    def log_error(self, *_: object) -> None:
        """Nothing: it would be a time-out of who sent no whole request, or a request that is none."""


def _end(request: socket.socket) -> None:
    try:
        request.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
