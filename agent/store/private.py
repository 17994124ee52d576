"""The folder is for the user whose agent runs, and for nobody else of the machine."""

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

from agent.domain.errors import StoreError

_FOLDER, _FILE = 0o700, 0o600


def make_private(folder: Path) -> None:
    """Makes the folder, and takes all rights to it and to its files from everybody else.

    Windows gives a user's own folders to that user alone; there the rights stay as they are.

    Raises:
        StoreError: `storage-not-private`, if the folder is another user's, or a file in it is a link to elsewhere.
        OSError: the disk fails.
    """
    folder.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
    if sys.platform == "win32":
        return
    if folder.stat().st_uid != os.geteuid():
        raise StoreError(f"{folder} is another user's", code="storage-not-private")
    folder.chmod(_FOLDER)
    for file in folder.iterdir():
        with suppress(FileNotFoundError):  # another program of ours has just ended
            _make_file_private(file)


def _make_file_private(file: Path) -> None:
    mode = file.lstat().st_mode
    if stat.S_ISLNK(mode):
        raise StoreError(f"{file.name} is a link", code="storage-not-private")
    if stat.S_ISREG(mode) and stat.S_IMODE(mode) != _FILE:
        file.chmod(_FILE)
