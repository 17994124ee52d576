"""One program for one data folder: a lock of the operating system, which ends with its process.

The file also says whose folder it is, so that a folder that has lost all else is not taken for a new one.
"""

import os
import sys
from pathlib import Path

from agent.domain.errors import InputError

LOCK_NAME = "agent.lock"

_LOCKED_OCTETS = 1
"""Windows lets nobody else read what is locked."""


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

    def mark(self, device: str) -> None:
        """Notes the name of the tablet whose folder this is. Raises: OSError."""
        if _marked(self._file) != device:
            os.ftruncate(self._file, _LOCKED_OCTETS)
            os.lseek(self._file, _LOCKED_OCTETS, os.SEEK_SET)
            os.write(self._file, device.encode())

    def release(self) -> None:
        """Unlocks the folder; again, it does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def marked(folder: Path) -> str:
    """The name of the tablet that had its data in this folder last; empty, if there was none. Raises: OSError."""
    try:
        file = os.open(folder / LOCK_NAME, os.O_RDONLY)
    except FileNotFoundError:
        return ""
    try:
        return _marked(file)
    finally:
        os.close(file)


def _marked(file: int) -> str:
    os.lseek(file, _LOCKED_OCTETS, os.SEEK_SET)
    return os.read(file, 100).decode(errors="replace")


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
