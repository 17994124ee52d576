"""The store as a whole: the agent opens it once, and closes it at its end."""

import asyncio
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from agent.domain.errors import RescueNeeded, StoreError
from agent.store import copy, digests
from agent.store.copy import SecondCopy
from agent.store.database import FILE_NAME, open_reader, open_writer
from agent.store.errors import MARKER, storage_errors
from agent.store.identity import Identity, load, make
from agent.store.lock import FolderLock
from agent.store.migrations import migrate, refuse_newer
from agent.store.private import make_private
from agent.store.readers import Readers
from agent.store.rescue import RescueReport, inspect, make_whole
from agent.store.reserve import Reserve
from agent.store.vault import Keeper, choose_keeper
from agent.store.writer import Transaction, Writer

_log = logging.getLogger(__name__)

T = TypeVar("T")

_MOST_TIMES_MENDED = 3
"""In one run of the program."""


class Store:
    """What this tablet keeps. `identity` is the tablet's own; `writer` is the only way to change anything.

    `report` tells of the rescue, if this start needed one.
    """

    def __init__(self, folder: Path, lock: FolderLock, keeper: Keeper | None, opened: "_Opened") -> None:
        self._folder = folder
        self._lock = lock
        self._keeper = keeper
        self._readers = Readers(folder / FILE_NAME)
        self._times_mended = 0
        self.writer = Writer(opened.db, opened.second, folder, self._mend)
        self.identity = opened.identity
        self.report = opened.report

    @classmethod
    def open(cls, folder: Path, *, keeper: Keeper | None = None, at: datetime | None = None) -> "Store":
        """Opens the store in this folder, mends it where it is damaged, and makes it where there has never been one.

        One process at a time may have it open. `keeper` holds the key of the identity (default: the one that protects
        it, the best one for a new tablet); `at` is the time to tell of a rescue (default: now).

        Raises:
            InputError: `already-running`.
            RescueNeeded: a person has to decide what becomes of what is there.
            StoreError: `storage-newer`, `storage-not-private`, or the disk fails.
        """
        with storage_errors(folder):
            make_private(folder)
            lock = FolderLock(folder)
            try:
                opened = Reserve(folder).with_room(lambda: _open_files(folder, keeper, at or datetime.now(UTC)))
                with suppress(OSError):
                    lock.mark(opened.identity.device_id)
                return cls(folder, lock, keeper, opened)
            except BaseException:
                lock.release()
                raise

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return self._folder

    async def write(self, transaction: Transaction[T]) -> T:
        """Runs `transaction(db)` on the writer thread, waits until it is on the disk, and returns its result.

        It is carried out even if the waiting task is cancelled.

        Raises:
            StorageFull: the disk is full; nothing has changed.
            StoreError: nothing has changed.
        """
        return await asyncio.shield(asyncio.wrap_future(self.writer.submit(transaction)))

    @contextmanager
    def read(self) -> Iterator[Database]:
        """A read-only connection that sees one state of the file until the block ends, for any thread.

        Raises:
            StoreError: the file cannot be read; if it is `storage-damaged`, it is being mended.
        """
        try:
            with self._readers.lend() as db:
                yield db
        except StoreError as error:
            if error.code == "storage-damaged":
                self.writer.submit(self._find_damage)
            raise

    def close(self) -> None:
        """Finishes the transactions that were submitted, and unlocks the folder."""
        self._readers.close()
        self.writer.close()
        self._lock.release()

    def _find_damage(self, _db: Database) -> None:
        """A transaction that meets the damage that was noted, so that the writer has it mended."""
        if (self._folder / MARKER).exists():
            raise StoreError(code="storage-damaged")

    def _mend(self) -> tuple[Database, SecondCopy]:
        """The same rescue as at a start, while the agent runs. On a disk that goes on failing it ends."""
        self._times_mended += 1
        if self._times_mended > _MOST_TIMES_MENDED:
            raise StoreError(code="storage-damaged")
        with self._readers.paused():
            opened = _open_files(self._folder, self._keeper, datetime.now(UTC))
        self.report = opened.report
        return opened.db, opened.second


@dataclass(frozen=True)
class _Opened:
    db: Database
    second: SecondCopy
    identity: Identity
    report: RescueReport | None


def _open_files(folder: Path, keeper: Keeper | None, at: datetime) -> _Opened:
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
            _renew_copy(folder, db)
        second = SecondCopy(folder)
        copy.catch_up(db, second)
        return _Opened(db, second, load(db, folder, keeper), report)
    except BaseException:
        db.close()
        raise


def _renew_copy(folder: Path, db: Database) -> None:
    """On a full disk it stays behind until the next start."""
    try:
        copy.renew(folder, db)
    except OSError as error:
        _log.warning("the second copy is behind: %s", type(error).__name__)


@contextmanager
def read_only(folder: Path) -> Iterator[Database]:
    """Reads a store that the agent may have open at the same time; nothing is made or changed.

    Raises:
        RescueNeeded: what is there is no whole tablet.
        StoreError: there is no store, or `storage-newer`.
    """
    with storage_errors(folder):
        with _told_in_words(folder):
            db = open_reader(folder / FILE_NAME)
        try:
            refuse_newer(db)
            yield db
        finally:
            db.close()


@contextmanager
def _told_in_words(folder: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error:
        found = inspect(folder)
        if found.verdict == "ask":
            raise RescueNeeded(found.trouble, code=found.code) from None
        if found.verdict == "mend":
            raise StoreError(found.trouble, code="storage-damaged") from None
        raise
