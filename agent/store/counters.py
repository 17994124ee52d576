"""Invocation counters, reserved on disk ahead of use: a number given once is never given again.

They stand in a file of their own, so that the command line and the agent share them. A key that meets the same
number twice is broken for ever; numbers that are left out cost nothing.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from agent.domain.errors import InputError, StoreError
from agent.store.trouble import storage_errors

COUNTERS_FILE = "counters.sqlite"
BLOCK = 1024
LIMIT = 1 << 32

_SCHEMA = """
CREATE TABLE IF NOT EXISTS counters (
    key TEXT PRIMARY KEY,
    reserved INTEGER NOT NULL
) STRICT
"""


class Counter:
    """Numbers for one key. `next` gives from the block that is reserved, and reserves another when it is used up."""

    def __init__(self, counters: "Counters", name: str) -> None:
        self._counters, self._name = counters, name
        self._given = self._end = 0

    @property
    def is_known(self) -> bool:
        """Whether this key was used here before; a new one may be behind the meter's."""
        return self._counters.reserved(self._name) > 0

    def reserve(self) -> None:
        """A whole block, now, so that `next` does not wait for the disk. Raises StoreError."""
        self._end = self._counters.advance(self._name, BLOCK)
        self._given = self._end - BLOCK

    def raise_to(self, least: int) -> None:
        """The next numbers are `least` at least. Raises StoreError."""
        self._counters.raise_to(self._name, least)
        self._given = self._end = 0

    def next(self) -> int:
        """The next number. Raises StoreError; InputError `counter-exhausted` when the key is used up."""
        if self._given >= self._end:
            self.reserve()
        if self._given >= LIMIT:
            raise InputError(code="counter-exhausted")
        self._given += 1
        return self._given - 1


class Counters:
    """The file. Each call is a transaction of its own, on disk before it returns."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def counter(self, system_title: bytes, key: bytes) -> Counter:
        """The counter of a key as this client uses it; the key itself is not kept."""
        return Counter(self, sha256(system_title + key).hexdigest())

    def reserved(self, name: str) -> int:
        with self._transaction() as connection:
            row = connection.execute("SELECT reserved FROM counters WHERE key = ?", (name,)).fetchone()
        return row[0] if row else 0

    def advance(self, name: str, by: int) -> int:
        """Reserves so many numbers; gives the number after the last of them."""
        with self._transaction() as connection:
            statement = (
                "INSERT INTO counters (key, reserved) VALUES (?, ?) "
                "ON CONFLICT (key) DO UPDATE SET reserved = reserved + excluded.reserved RETURNING reserved"
            )
            end: int = connection.execute(statement, (name, by)).fetchone()[0]
        return end

    def raise_to(self, name: str, least: int) -> None:
        with self._transaction() as connection:
            connection.execute(
                "INSERT INTO counters (key, reserved) VALUES (?, ?) "
                "ON CONFLICT (key) DO UPDATE SET reserved = max(reserved, excluded.reserved)",
                (name, least),
            )

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with storage_errors(self._path.parent):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(sqlite3.connect(self._path, timeout=10, isolation_level=None)) as connection:
                # The rollback journal, not WAL: two processes that both switch a new file to WAL are refused at once,
                # however long they would wait. EXTRA, since only then is the journal's end on disk too.
                connection.execute("PRAGMA synchronous = EXTRA")
                if connection.execute("PRAGMA synchronous").fetchone() != (3,):
                    raise StoreError("synchronous EXTRA was not taken")
                connection.execute("BEGIN IMMEDIATE")
                try:
                    connection.execute(_SCHEMA)
                    yield connection
                except BaseException:
                    connection.execute("ROLLBACK")
                    raise
                connection.execute("COMMIT")
