"""The store as a whole: the agent opens it once, and closes it at its end."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from agent.store import copy, digests
from agent.store.database import FILE_NAME, open_reader, open_writer
from agent.store.errors import storage_errors
from agent.store.identity import Identity, load_or_make
from agent.store.lock import FolderLock
from agent.store.migrations import migrate, refuse_newer
from agent.store.readers import Readers
from agent.store.vault import Keeper
from agent.store.writer import Transaction, Writer

T = TypeVar("T")


class Store:
    """What this tablet keeps. `identity` is the tablet's own; `writer` is the only way to change anything."""

    def __init__(self, lock: FolderLock, writer: Writer, readers: Readers, identity: Identity) -> None:
        self._lock = lock
        self._readers = readers
        self.writer = writer
        self.identity = identity

    @classmethod
    def open(cls, folder: Path, *, keeper: Keeper | None = None) -> "Store":
        """Opens the store in this folder, and makes it where it is missing. One process at a time may have it open.

        Raises:
            InputError: `already-running`.
            StoreError: `storage-newer`, `identity-lost`, or the disk fails.
        """
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            lock = FolderLock(folder)
            try:
                return cls._open_locked(folder, lock, keeper)
            except BaseException:
                lock.release()
                raise

    @classmethod
    def _open_locked(cls, folder: Path, lock: FolderLock, keeper: Keeper | None) -> "Store":
        path = folder / FILE_NAME
        db = open_writer(path)
        try:
            migrate(db)
            digests.add_triggers(db)
            copy.watch(db)
            with db.atomic():
                identity = load_or_make(db, folder, keeper)
            second = copy.SecondCopy(folder)
            copy.catch_up(db, second)
        except BaseException:
            db.close()
            raise
        return cls(lock, Writer(db, second, folder), Readers(path), identity)

    async def write(self, transaction: Transaction[T]) -> T:
        """Runs `transaction(db)` on the writer thread, waits until it is on the disk, and returns its result.

        It is carried out even if the waiting task is cancelled.

        Raises:
            StorageFull: the disk is full; nothing has changed.
            StoreError: nothing has changed.
        """
        return await asyncio.shield(asyncio.wrap_future(self.writer.submit(transaction)))

    def read(self) -> AbstractContextManager[Database]:
        """A read-only connection that sees one state of the file until the block ends, for any thread.

        Raises:
            StoreError: the file cannot be read.
        """
        return self._readers.lend()

    def close(self) -> None:
        """Finishes the transactions that were submitted, and unlocks the folder."""
        self._readers.close()
        self.writer.close()
        self._lock.release()


@contextmanager
def read_only(folder: Path) -> Iterator[Database]:
    """Reads a store that the agent may have open at the same time; nothing is made or changed.

    Raises:
        StoreError: there is no store, or `storage-newer`.
    """
    with storage_errors(folder):
        db = open_reader(folder / FILE_NAME)
        try:
            refuse_newer(db)
            yield db
        finally:
            db.close()
