"""Read-only connections, lent to one thread at a time."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from agent.domain.errors import StoreError
from agent.store.database import open_reader
from agent.store.errors import storage_errors


class Readers:
    """The pool of connections to one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._gate = threading.Lock()
        self._idle: list[Database] = []
        self._closed = False

    @contextmanager
    def lend(self) -> Iterator[Database]:
        """A connection that sees one state of the file until the block ends.

        Raises:
            StoreError: the file cannot be read, or the store is closed.
        """
        with storage_errors(self._path.parent):
            db = self._take()
            try:
                with db.atomic():
                    yield db
            except (sqlite3.Error, OSError):
                # It may be stuck in the state that it saw when it failed.
                db.close()
                raise
            except BaseException:
                self._give_back(db)
                raise
            self._give_back(db)

    def close(self) -> None:
        """Closes the idle connections; a lent one is closed when its block ends."""
        with self._gate:
            self._closed = True
            idle, self._idle = self._idle, []
        for db in idle:
            db.close()

    def _take(self) -> Database:
        with self._gate:
            if self._closed:
                raise StoreError("the store is closed")
            if self._idle:
                return self._idle.pop()
        return open_reader(self._path)

    def _give_back(self, db: Database) -> None:
        with self._gate:
            if not self._closed:
                self._idle.append(db)
                return
        db.close()
