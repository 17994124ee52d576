"""Room on the disk that is kept for what must be written when the disk is full.

A file that only takes up room. When a write fails for lack of it, the file is deleted and the write is done once more:
a job that runs is settled, login and SYNC work, and what waits can be exported. It is made again when there is room.
"""

import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from agent.domain.errors import StorageFull
from agent.store.errors import storage_errors

_log = logging.getLogger(__name__)

T = TypeVar("T")

FILE_NAME = "reserve"
SIZE = 8 << 20
"""The largest job can be settled in it, a load profile of a year: its envelopes take 3.5 MB in the write-ahead log, and
3.2 MB in the second copy. Its rows, while they come in, do not get this room (`CanWait`)."""
_MADE_IF_FREE = 4 * SIZE

A_JOB = 128 << 10
"""What a job takes on the disk, on average. A reading takes 7 kB in database and second copy together, a load profile
of a month 1.2 MB; about one job in ten is such a profile."""
MANY_JOBS = 200


class Reserve:
    """The file in this folder. It may be released by several threads and programs at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / FILE_NAME

    @property
    def is_whole(self) -> bool:
        """Whether it is there."""
        try:
            return self._path.stat().st_size >= SIZE
        except OSError:
            return False

    def with_room(self, write: Callable[[], T]) -> T:
        """Calls `write`. If the disk is full, the reserve is released, and `write` called once more.

        Raises:
            StorageFull: there is no room even so.
            StoreError: the disk fails.
        """
        try:
            with storage_errors(self.folder):
                return write()
        except StorageFull:
            if not self._release():
                raise
        with storage_errors(self.folder):
            return write()

    def make(self) -> None:
        """Makes it where it is missing, if the disk has room enough for it."""
        if self.is_whole or _free(self.folder) < _MADE_IF_FREE:
            return
        try:
            with self._path.open("wb", buffering=0) as file:
                _allocate(file.fileno())
        except OSError as error:
            _log.warning("no reserve on the disk: %s", type(error).__name__)
            self._path.unlink(missing_ok=True)

    def require_room_for_job(self) -> None:
        """Whether a job can be begun, so that it can also be settled.

        Raises:
            StorageFull: `storage-no-room-for-job`.
        """
        if not self.is_whole and _free(self.folder) < SIZE + A_JOB:
            raise StorageFull(code="storage-no-room-for-job")

    def _release(self) -> bool:
        """Whether there was something to release."""
        try:
            self._path.unlink()
        except OSError:
            return False
        _log.warning("the disk is full: the reserve is released")
        return True


def room_for_jobs(folder: Path) -> int | None:
    """For about how many more jobs the disk has room beside the reserve; None for many. Raises: StoreError."""
    with storage_errors(folder):
        free = shutil.disk_usage(folder).free
    count = max(0, free - (0 if Reserve(folder).is_whole else SIZE)) // A_JOB
    return count if count <= MANY_JOBS else None


def _free(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def _allocate(file: int) -> None:
    """Octets that no file system can store in less room. Raises: OSError."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, SIZE)
        return
    for _ in range(SIZE >> 20):
        os.write(file, os.urandom(1 << 20))
    os.fsync(file)
