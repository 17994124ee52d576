"""A PostgreSQL server with SMM's tables, and SMM's servers on it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from agent.smm.database import Database, migrate
from agent.smm.keys import VARIABLE
from tests.postgres import running

WORKERS = 2


@contextmanager
def empty_database() -> Iterator[Database]:
    """With the schema, and a key for what is locked."""
    os.environ.setdefault(VARIABLE, "11" * 32)
    with running(on_disk=True) as server:
        url = server.create()
        migrate(url)
        database = Database(url)
        yield database
        database.engine.dispose()


def percentile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]
