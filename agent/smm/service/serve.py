"""The server process of a small system: werkzeug's threaded server, stopped cleanly."""

import signal
import sys
import threading
from collections.abc import Callable

from werkzeug.serving import WSGIRequestHandler, make_server

from agent.smm.app import create_app
from agent.smm.database import migrate


def serve(
    database_url: str, host: str, port: int, on_ready: Callable[[int], None], *, until_stdin_closes: bool = False
) -> None:
    """Serves until SIGINT or SIGTERM or, with `until_stdin_closes`, until the parent process is gone.

    `on_ready` gets the port, which the system chooses if `port` is 0.
    """
    migrate(database_url)
    server = make_server(host, port, create_app(database_url), threaded=True, request_handler=_QuietHandler)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if until_stdin_closes:
        threading.Thread(target=_watch_stdin, args=(stop,), daemon=True).start()
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    on_ready(server.server_port)
    while not stop.wait(0.2):
        pass
    server.shutdown()
    serving.join()
    server.server_close()


def _watch_stdin(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()


class _QuietHandler(WSGIRequestHandler):
    """Does not log requests."""

    def log_request(self, *_: object) -> None:
        return
