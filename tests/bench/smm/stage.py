"""A PostgreSQL server with SMM's tables, and SMM's servers on it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.smm.database import Database, migrate
from agent.smm.keys import VARIABLE
from tests.postgres import Postgres

WORKERS = 2


@contextmanager
def empty_database() -> Iterator[Database]:
    """With the schema, and a key for what is locked."""
    os.environ.setdefault(VARIABLE, "11" * 32)
    folder = Path(tempfile.mkdtemp(prefix="eplus-pg-"))
    server = Postgres(folder)
    try:
        url = server.create()
        migrate(url)
        database = Database(url)
        yield database
        database.engine.dispose()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def percentile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]
