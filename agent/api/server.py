"""The HTTP server of the page: on this machine's loopback only, on the port that is this agent's for good."""

import socket
import sys
import threading
from wsgiref.types import WSGIApplication

from werkzeug.serving import WSGIRequestHandler, make_server

from agent.domain.errors import InputError

HOST = "127.0.0.1"


def take_port(port: int | None) -> socket.socket:
    """A listening socket on this port of the loopback; None draws a free one.

    Raises:
        InputError: `port-taken`.
    """
    listener = socket.socket()
    if sys.platform != "win32":  # there the option would let two programs share one port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port or 0))
        listener.listen(64)
    except OSError:
        listener.close()
        raise InputError(code="port-taken", port=port or 0) from None
    return listener


class PageServer:
    """Serves the app on a taken port, from a thread of its own, between `start` and `stop`."""

    def __init__(self, app: WSGIApplication, listener: socket.socket) -> None:
        port = listener.getsockname()[1]
        self._server = make_server(HOST, port, app, threaded=True, request_handler=_QuietHandler, fd=listener.fileno())
        listener.close()
        self._thread = threading.Thread(target=self._server.serve_forever, name="page-server", daemon=True)

    def start(self) -> None:
        """Serves from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Closes the port; requests that run have five seconds."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _QuietHandler(WSGIRequestHandler):
    """Requests are not logged: their paths and times are nobody's business."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_: object) -> None:
        return
