"""The HTTP server of the page: on this machine's loopback only, on the port that is this agent's for good."""

import socket
import sys
import threading
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from agent.api.connections import BoundedHandler, BoundedServer
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
    """Serves an app on a taken port, from a thread of its own, between `start` and `stop`."""

    def __init__(self, app: WSGIApplication, listener: socket.socket) -> None:
        self._app = app
        port, file = listener.getsockname()[1], listener.fileno()
        self._server = BoundedServer(HOST, port, self._answer, BoundedHandler, fd=file)
        listener.close()
        self._thread = threading.Thread(target=self._server.serve_forever, name="page-server", daemon=True)

    def start(self) -> None:
        """Serves from now on."""
        self._thread.start()

    def show(self, app: WSGIApplication) -> None:
        """Serves this app instead."""
        self._app = app

    def stop(self) -> None:
        """Closes the port; requests that run have five seconds. Again, it does nothing."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(5)
        self._server.server_close()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._app(environ, start_response)
