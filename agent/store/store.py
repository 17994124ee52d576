"""The store as a whole: the agent opens it once, and closes it at its end."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from agent.store import copy, digests
from agent.store.database import FILE_NAME, open_reader, open_writer
from agent.store.errors import storage_errors
from agent.store.identity import Identity, load, make
from agent.store.lock import FolderLock
from agent.store.migrations import migrate, refuse_newer
from agent.store.readers import Readers
from agent.store.rescue import RescueReport, make_whole
from agent.store.vault import Keeper, choose_keeper
from agent.store.writer import Transaction, Writer

T = TypeVar("T")


class Store:
    """What this tablet keeps. `identity` is the tablet's own; `writer` is the only way to change anything.

    `report` tells of the rescue, if this start needed one.
    """

    def __init__(
        self, lock: FolderLock, writer: Writer, readers: Readers, identity: Identity, report: RescueReport | None
    ) -> None:
        self._lock = lock
        self._readers = readers
        self.writer = writer
        self.identity = identity
        self.report = report

    @classmethod
    def open(cls, folder: Path, *, keeper: Keeper | None = None, at: datetime | None = None) -> "Store":
        """Opens the store in this folder, mends it where it is damaged, and makes it where there has never been one.

        One process at a time may have it open. `keeper` holds the key of the identity (default: the one that protects
        it, the best one for a new tablet); `at` is the time to tell of a rescue (default: now).

        Raises:
            InputError: `already-running`.
            RescueNeeded: a person has to decide what becomes of what is there.
            StoreError: `storage-newer`, or the disk fails.
        """
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            lock = FolderLock(folder)
            try:
                return cls._open_locked(folder, lock, keeper, at or datetime.now(UTC))
            except BaseException:
                lock.release()
                raise

    @classmethod
    def _open_locked(cls, folder: Path, lock: FolderLock, keeper: Keeper | None, at: datetime) -> "Store":
        found, report = make_whole(folder, at, keeper)
        db = open_writer(folder / FILE_NAME)
        try:
            migrate(db)
            digests.add_triggers(db)
            copy.watch(db)
            if found.verdict == "new":
                with db.atomic():
                    make(db, keeper or choose_keeper(folder))
            elif found.verdict == "healthy" and found.is_copy_behind:
                copy.renew(folder, db)
            second = copy.SecondCopy(folder)
            copy.catch_up(db, second)
            identity = load(db, folder, keeper)
        except BaseException:
            db.close()
            raise
        return cls(lock, Writer(db, second, folder), Readers(folder / FILE_NAME), identity, report)

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
