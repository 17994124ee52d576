"""SMM ePlus itself, served by a thread of this process, for campaigns of thousands of tablets."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from argon2 import PasswordHasher
from werkzeug.serving import WSGIRequestHandler, make_server

from agent.domain.sample import USERS
from agent.smm.api import limits
from agent.smm.app import create_app
from agent.smm.people import passwords
from agent.smm.sample import init
from tests.faults.sync_workload import cheap_passwords
from tests.sync.servers import running

TECHNICIAN = USERS[0]
_NO_LIMIT = 10**9


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        pass


@dataclass(frozen=True)
class CentralSystem:
    """Where it is, and what it has."""

    url: str
    file: Path

    def keys(self) -> list[str]:
        """Of all envelopes that it took."""
        return self._column("SELECT key FROM executions")

    def deliveries(self) -> list[str]:
        """Job and part of each envelope that it took: one must not be there under two keys."""
        return self._column("SELECT device_id || ' ' || job || ' ' || part FROM executions")

    def numbers(self) -> list[str]:
        """The number that its tablet gave each envelope."""
        return self._column("SELECT device_id || ' ' || sequence FROM executions")

    def save(self, file: Path) -> None:
        """Keeps its present state in a file."""
        _copy(self.file, file)

    def restore(self, file: Path) -> None:
        """Brings back a state that was saved."""
        _copy(file, self.file)

    def change(self, statement: str) -> None:
        """Changes its database directly."""
        with closing(sqlite3.connect(self.file, timeout=30)) as connection, connection:
            connection.execute(statement)

    def _column(self, query: str) -> list[str]:
        with closing(sqlite3.connect(self.file, timeout=30)) as connection:
            return [row[0] for row in connection.execute(query)]


@contextmanager
def central_system(folder: Path) -> Iterator[CentralSystem]:
    """Serves the sample utility until the block ends, to any number of calls. Passwords cost next to nothing."""
    file = folder / "smm.sqlite"
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with (
        mock.patch.object(passwords, "_hasher", cheap),
        mock.patch.object(limits, "KNOWN_A_MINUTE", _NO_LIMIT),
        mock.patch.object(limits, "UNKNOWN_A_MINUTE", _NO_LIMIT),
        cheap_passwords(),
    ):
        init(f"sqlite:///{file}", sample=True)
        app = create_app(f"sqlite:///{file}")
        with running(make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)) as url:
            yield CentralSystem(url, file)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source, timeout=30)) as old, closing(sqlite3.connect(target, timeout=30)) as new:
        old.backup(new)
