"""Read-only connections, lent to one thread at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from agent.domain.errors import StoreError
from agent.store.database import open_reader
from agent.store.errors import SQLITE_OR_DISK, storage_errors

_SECONDS_TO_GIVE_BACK = 5.0


class Readers:
    """The pool of connections to one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._gate = threading.Condition()
        self._idle: list[Database] = []
        self._lent = 0
        self._is_paused = False
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
            except SQLITE_OR_DISK:
                # It may be stuck in the state that it saw when it failed.
                self._give_back(db, again=False)
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

    @contextmanager
    def paused(self) -> Iterator[None]:
        """No connection is open inside the block; who wants one waits for its end.

        Raises:
            StoreError: `storage-damaged`, if one is not given back in time.
        """
        with self._gate:
            self._is_paused = True
            idle, self._idle = self._idle, []
        try:
            for db in idle:
                db.close()
            with self._gate:
                if not self._gate.wait_for(lambda: self._lent == 0, _SECONDS_TO_GIVE_BACK):
                    raise StoreError("a connection is still in use", code="storage-damaged")
            yield
        finally:
            with self._gate:
                self._is_paused = False
                self._gate.notify_all()

    def _take(self) -> Database:
        with self._gate:
            self._gate.wait_for(lambda: not self._is_paused)
            if self._closed:
                raise StoreError("the store is closed")
            self._lent += 1
            if self._idle:
                return self._idle.pop()
        try:
            return open_reader(self._path)
        except BaseException:
            self._end_loan()
            raise

    def _give_back(self, db: Database, *, again: bool = True) -> None:
        with self._gate:
            again = again and not self._closed and not self._is_paused
            if again:
                self._idle.append(db)
        if not again:
            db.close()
        self._end_loan()

    def _end_loan(self) -> None:
        with self._gate:
            self._lent -= 1
            self._gate.notify_all()
