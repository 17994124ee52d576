"""The store as a whole: opened once by the agent, closed by it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from agent.store.database import FILE_NAME, open_reader, open_writer
from agent.store.identity import Identity, load_or_make
from agent.store.lock import FolderLock
from agent.store.migrations import migrate, refuse_newer
from agent.store.readers import Readers
from agent.store.trouble import storage_errors
from agent.store.vault import Keeper
from agent.store.writer import Writer

T = TypeVar("T")


class Store:
    """What this tablet keeps. `identity` is who it is; `writer` is the only way to change anything."""

    def __init__(self, lock: FolderLock, writer: Writer, readers: Readers, identity: Identity) -> None:
        self._lock = lock
        self._readers = readers
        self.writer = writer
        self.identity = identity

    @classmethod
    def open(cls, folder: Path, *, keeper: Keeper | None = None) -> "Store":
        """Opens the store in this folder, made where it is missing; only one process may at a time.

        Raises:
            InputError: `already-running`.
            StoreError: `storage-newer`, `identity-lost`, or the disk does not do as it should.
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
            with db.atomic():
                identity = load_or_make(db, folder, keeper)
        except BaseException:
            db.close()
            raise
        return cls(lock, Writer(db, folder), Readers(path), identity)

    async def write(self, change: Callable[[Database], T]) -> T:
        """Runs `change(db)` on the writer thread, as one transaction, and waits until it is on the disk.

        What was submitted is carried out even if the task that waits is cancelled.

        Raises:
            StorageFull: there is no room; nothing has changed.
            StoreError: nothing has changed.
        """
        return await asyncio.shield(asyncio.wrap_future(self.writer.submit(change)))

    def read(self) -> AbstractContextManager[Database]:
        """A read-only connection that sees one state for as long as the block lasts. Any thread may ask.

        Raises:
            StoreError: the file cannot be read.
        """
        return self._readers.lend()

    def close(self) -> None:
        """Finishes what was submitted, and lets go of the folder."""
        self._readers.close()
        self.writer.close()
        self._lock.release()


@contextmanager
def read_only(folder: Path) -> Iterator[Database]:
    """What a store keeps, beside the agent that may have it open; nothing is made or changed.

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
