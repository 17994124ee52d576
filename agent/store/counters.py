"""Invocation counters, reserved on disk ahead of use: no number is ever given out twice.

They have a file of their own, which the command line and the agent share. A key that is used twice with the same
number is broken for ever; numbers that are skipped cost nothing.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from agent.domain.errors import InputError, StoreError
from agent.store.reserve import Reserve

COUNTERS_FILE = "counters.sqlite"
BLOCK = 1024
LIMIT = 1 << 32
"""An invocation counter has 32 bits."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS counters (
    key TEXT PRIMARY KEY,
    reserved INTEGER NOT NULL
) STRICT
"""

_ADVANCE = """
INSERT INTO counters (key, reserved) VALUES (?, ?)
ON CONFLICT (key) DO UPDATE SET reserved = reserved + excluded.reserved RETURNING reserved
"""
"""Reserves the next numbers of a key, and gives the number after the last of them."""

_RAISE = """
INSERT INTO counters (key, reserved) VALUES (?, ?)
ON CONFLICT (key) DO UPDATE SET reserved = max(reserved, excluded.reserved)
"""
"""Skips the numbers of a key below a limit."""


class Counter:
    """The numbers of one key. `next` takes from the reserved block, and reserves another when that is used up."""

    def __init__(self, counters: "Counters", name: str) -> None:
        self._counters, self._name = counters, name
        self._given = self._end = 0

    @property
    def is_known(self) -> bool:
        """Whether this key was used here before. The numbers of a new one may be behind those the meter has seen."""
        return self._counters.reserved(self._name) > 0

    def reserve(self) -> None:
        """Reserves a whole block now, so that `next` need not wait for the disk. Raises: StoreError."""
        self._end = self._counters.advance(self._name, BLOCK)
        self._given = self._end - BLOCK

    def raise_to(self, least: int) -> None:
        """Makes the next number `least` or more. Raises: StoreError."""
        self._counters.raise_to(self._name, least)
        self._given = self._end = 0

    def next(self) -> int:
        """The next number.

        Raises:
            StoreError: no block can be reserved.
            InputError: `counter-exhausted`, when the key is used up.
        """
        if self._given >= self._end:
            self.reserve()
        if self._given >= LIMIT:
            raise InputError(code="counter-exhausted")
        self._given += 1
        return self._given - 1


class Counters:
    """The file. Each call is a transaction of its own, on disk before it returns. Raises: StoreError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reserve = Reserve(path.parent)

    def counter(self, system_title: bytes, key: bytes) -> Counter:
        """The counter of a key as this client uses it; only a hash of system title and key is kept."""
        return Counter(self, sha256(system_title + key).hexdigest())

    def reserved(self, name: str) -> int:
        """The first number that is not reserved yet; 0 for a new key."""
        row = self._do("SELECT reserved FROM counters WHERE key = ?", name)
        return row[0] if row else 0

    def advance(self, name: str, by: int) -> int:
        """Reserves `by` numbers; returns the number after the last of them."""
        end: int = self._do(_ADVANCE, name, by)[0]
        return end

    def raise_to(self, name: str, least: int) -> None:
        """Skips the numbers below `least`."""
        self._do(_RAISE, name, least)

    def _do(self, statement: str, *values: str | int) -> Any:
        """The first row that the statement gives."""

        def transaction() -> Any:
            with self._transaction() as connection:
                return connection.execute(statement, values).fetchone()

        return self._reserve.with_room(transaction)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(sqlite3.connect(self._path, timeout=10, isolation_level=None)) as connection:
            # The rollback journal, not WAL: if two processes switch a new file to WAL at once, SQLite refuses
            # one of them without any timeout. EXTRA: only then is the deletion of the journal on disk too.
            connection.execute("PRAGMA synchronous = EXTRA")
            if connection.execute("PRAGMA synchronous").fetchone() != (3,):
                raise StoreError("SQLite does not grant synchronous=EXTRA")
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.execute(_SCHEMA)
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                connection.rollback()  # nothing, where SQLite has done it
                raise
