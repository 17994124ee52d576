"""The one thread that writes, so that waiting for the disk stalls nobody else."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from sqlite_utils import Database

from agent.domain.errors import StoreError
from agent.store.trouble import storage_errors

T = TypeVar("T")
_Task = tuple[Callable[[Database], Any], "Future[Any]"]


class Writer:
    """Runs functions on the writing connection, one after the other, each in one transaction."""

    def __init__(self, db: Database, folder: Path) -> None:
        self._db = db
        self._folder = folder
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, change: Callable[[Database], T]) -> "Future[T]":
        """Runs `change(db)` in a transaction of its own: committed and on the disk when the future has a
        result; nothing of it has happened when the future has an error (StorageFull, StoreError, or what
        `change` raised).

        Raises:
            StoreError: the store is closed.
        """
        future: Future[T] = Future()
        with self._gate:
            if self._closed:
                raise StoreError("the store is closed")
            self._tasks.put((change, future))
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
            change, future = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(self._in_transaction(change))
            except BaseException as error:
                future.set_exception(error)

    def _in_transaction(self, change: Callable[[Database], T]) -> T:
        with storage_errors(self._folder), self._db.atomic():
            return change(self._db)
