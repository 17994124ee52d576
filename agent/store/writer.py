"""The one thread that writes, so that no other thread waits for the disk."""

import logging
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlite_utils import Database

from agent.domain.errors import StoreError
from agent.store.copy import SecondCopy, catch_up
from agent.store.errors import storage_errors
from agent.store.reserve import Reserve

_log = logging.getLogger(__name__)

T = TypeVar("T")

Transaction = Callable[[Database], T]
"""What is to be done in one transaction: all of it happens, or nothing. Returns what its caller is to get. If the disk
is full, it is done a second time, with the room of the reserve."""


@dataclass(frozen=True)
class CanWait(Generic[T]):
    """A transaction that does not get the room of the reserve: what it writes can be had again."""

    transaction: Transaction[T]

    def __call__(self, db: Database) -> T:
        return self.transaction(db)


Mend = Callable[[], tuple[Database, SecondCopy]]

_Task = tuple[Transaction[Any], "Future[Any]"]


class Writer:
    """Runs transactions on the writing connection, one after the other, and keeps the second copy.

    `mend` is called when the database turns out to be damaged, with the connection closed; it gives those to go on
    with.
    """

    def __init__(self, db: Database, second: SecondCopy, folder: Path, mend: Mend | None = None) -> None:
        self._mend = mend
        self._db = db
        self._second = second
        self._folder = folder
        self.reserve = Reserve(folder)
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, transaction: Transaction[T]) -> "Future[T]":
        """Queues a transaction.

        When the future has a result, it is committed, and on the disk twice; when the future has an error
        (StorageFull, StoreError, or what `transaction` raised), nothing of it has happened.

        Raises:
            StoreError: the store is closed.
        """
        future: Future[T] = Future()
        with self._gate:
            if self._closed:
                raise StoreError("the store is closed")
            self._tasks.put((transaction, future))
        return future

    def close(self) -> None:
        """Finishes what was submitted, then closes the connection."""
        with self._gate:
            if self._closed:
                return
            self._closed = True
            self._tasks.put(None)
        self._thread.join()
        self._db.close()
        self._second.close()

    def _run(self) -> None:
        self.reserve.make()
        while (task := self._tasks.get()) is not None:
            transaction, future = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = self._commit_on_sound_file(transaction)
            except BaseException as error:
                future.set_exception(error)
                continue
            is_settled = self._copy()
            future.set_result(result)
            if self._tasks.empty():
                if is_settled:
                    self._checkpoint()
                self.reserve.make()

    def _commit_on_sound_file(self, transaction: Transaction[T]) -> T:
        try:
            return self._commit(transaction)
        except StoreError as error:
            if error.code != "storage-damaged" or self._mend is None:
                raise
            self._db.close()
            self._second.close()
            with storage_errors(self._folder):
                self._db, self._second = self._mend()
        return self._commit(transaction)

    def _commit(self, transaction: Transaction[T]) -> T:
        def commit() -> T:
            with self._db.atomic():
                return transaction(self._db)

        if isinstance(transaction, CanWait):
            with storage_errors(self._folder):
                return commit()
        return self.reserve.with_room(commit)

    def _copy(self) -> bool:
        """What cannot be copied now is copied with the next transaction: it is in the database all the same."""
        try:
            return self.reserve.with_room(lambda: catch_up(self._db, self._second))
        except StoreError as error:
            _log.warning("the second copy is behind: %s", error.code)
            return False

    def _checkpoint(self) -> None:
        """Moves what was settled from the write-ahead log into the file, where the loss of the log cannot take it."""
        try:
            self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except sqlite3.Error as error:
            _log.warning("no checkpoint: %s", type(error).__name__)
