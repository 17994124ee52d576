"""One program for one data folder: a lock of the operating system, which ends with its process."""

import os
import sys
from pathlib import Path

from agent.domain.errors import InputError

LOCK_NAME = "agent.lock"


class FolderLock:
    """Holds the folder until `release`, or until this process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Raises: InputError `already-running`, if another process holds the folder."""
        self._file = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._file)
        except OSError:
            os.close(self._file)
            raise InputError(f"{folder} is in use", code="already-running") from None

    def release(self) -> None:
        """Unlocks the folder; again, it does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
