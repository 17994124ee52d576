"""The server processes of a service: gunicorn, several workers with several threads each, without state."""

import os
import socket
import tempfile
from typing import Any

from gunicorn.app.base import BaseApplication

from agent.domain.errors import InputError
from agent.smm.database import migrate

THREADS = 4
GRACE_SECONDS = 30
LONGEST_SECONDS = 120


def serve(database_url: str, host: str, port: int, workers: int) -> None:
    """Serves until SIGINT or SIGTERM, and then finishes calls that are under way. Raises: InputError `port-taken`."""
    _refuse_taken_port(host, port)
    migrate(database_url)
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="eplus-smm-"))
    _Service(database_url, f"{host}:{port}", workers).run()


def _refuse_taken_port(host: str, port: int) -> None:
    """The workers' sockets share their port, and would share it with another service too."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise InputError(code="port-taken", port=port) from None


class _Service(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, database_url: str, bind: str, workers: int) -> None:
        self._database_url = database_url
        self._options = {
            "bind": bind,
            "workers": workers,
            "worker_class": "gthread",
            "threads": THREADS,
            "graceful_timeout": GRACE_SECONDS,
            "timeout": LONGEST_SECONDS,
            "keepalive": 75,
            "reuse_port": True,
            "post_fork": _listen,
            "control_socket_disable": True,
            "child_exit": _forget,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """Runs in each worker: processes never share database connections."""
        from agent.smm.app import create_app  # imported late: the Prometheus client reads its folder at import
        from agent.smm.watching import log_as_json

        log_as_json()
        return create_app(self._database_url)


def _listen(server: Any, worker: Any) -> None:
    """Gives each worker a socket of its own too, so that the system spreads kept-alive connections: on the shared
    socket the worker that happens to be awake would take them all."""
    (shared,) = worker.sockets
    own = type(shared)(shared.getsockname(), server.cfg, server.log)
    worker.sockets = [shared, own]


def _forget(_server: Any, worker: Any) -> None:
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
