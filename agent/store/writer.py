"""The one thread that writes, so that no other thread waits for the disk."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from sqlite_utils import Database

from agent.domain.errors import StoreError
from agent.store.errors import storage_errors

T = TypeVar("T")

Transaction = Callable[[Database], T]
"""What is to be done in one transaction: all of it happens, or nothing. Returns what its caller is to get."""

_Task = tuple[Transaction[Any], "Future[Any]"]


class Writer:
    """Runs transactions on the writing connection, one after the other."""

    def __init__(self, db: Database, folder: Path) -> None:
        self._db = db
        self._folder = folder
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, transaction: Transaction[T]) -> "Future[T]":
        """Queues a transaction.

        When the future has a result, it is committed and on the disk; when the future has an error (StorageFull,
        StoreError, or what `transaction` raised), nothing of it has happened.

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

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            transaction, future = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(self._commit(transaction))
            except BaseException as error:
                future.set_exception(error)

    def _commit(self, transaction: Transaction[T]) -> T:
        with storage_errors(self._folder), self._db.atomic():
            return transaction(self._db)
