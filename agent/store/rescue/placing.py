"""Puts rescued files in the place of the damaged ones, which are kept. Killed at any point, it can be finished later.

rescue-STAMP.new/    is being written; thrown away, if it was not finished
rescue-STAMP/        is whole; its files go to their places one by one, each after the one that it replaces went to
set-aside-STAMP/     what was there before
"""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from agent.store import copy, vault
from agent.store.database import FILE_NAME
from agent.store.errors import MARKER
from agent.store.rescue.inspection import SET_ASIDE
from agent.store.rescue.report import REPORT_FILE
from agent.store.vault import sync_folder

_RESCUE, _UNFINISHED = "rescue-", ".new"
_REPLACES = {
    copy.FILE_NAME: (copy.FILE_NAME, f"{copy.FILE_NAME}.new"),
    vault.FRESH_NAME: (vault.FILE_NAME, vault.FRESH_NAME),
    FILE_NAME: (f"{FILE_NAME}-wal", f"{FILE_NAME}-shm", f"{FILE_NAME}-journal", FILE_NAME),
}
"""What goes away before a file comes to its place, in this order."""


def replace_files(folder: Path, at: datetime, write: Callable[[Path], None]) -> Path:
    """Calls `write` with an empty folder, then puts what it wrote in place. Returns the folder of the old files.

    Raises:
        OSError: the disk fails; what is done can be finished by `finish`.
    """
    discard_unfinished(folder)
    stamp = _stamp(folder, at)
    fresh = folder / f"{_RESCUE}{stamp}{_UNFINISHED}"
    fresh.mkdir()
    try:
        write(fresh)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    for path in fresh.iterdir():
        _sync(path)
    sync_folder(fresh)
    fresh.rename(folder / f"{_RESCUE}{stamp}")
    sync_folder(folder)
    finish(folder)
    return folder / f"{SET_ASIDE}{stamp}"


def finish(folder: Path) -> None:
    """Finishes what was begun by `replace_files` and is whole; otherwise it does nothing. Raises: OSError."""
    for whole in _whole(folder):
        old = folder / f"{SET_ASIDE}{whole.name.removeprefix(_RESCUE)}"
        old.mkdir(exist_ok=True)
        for name, former in _REPLACES.items():
            if (whole / name).exists():
                for each in former:
                    _move(folder / each, old / each)
                _move(whole / name, folder / name)
        _move(folder / MARKER, old / MARKER)
        _move(whole / REPORT_FILE, old / REPORT_FILE)
        sync_folder(folder)
        shutil.rmtree(whole)


def move_aside(folder: Path, name: str, at: datetime) -> None:
    """Sets one file aside, with what SQLite keeps beside it. Raises: OSError."""
    old = folder / f"{SET_ASIDE}{_stamp(folder, at)}"
    old.mkdir()
    for each in (f"{name}-journal", f"{name}-wal", name):
        _move(folder / each, old / each)


def discard_unfinished(folder: Path) -> None:
    """Throws away what was not whole when it was stopped. Raises: OSError."""
    for path in folder.glob(f"{_RESCUE}*{_UNFINISHED}"):
        shutil.rmtree(path)


def _whole(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.glob(f"{_RESCUE}*")):
        if path.is_dir() and path.suffix != _UNFINISHED:
            yield path


def _stamp(folder: Path, at: datetime) -> str:
    stamp = at.astimezone(UTC).strftime("%Y%m%d-%H%M%S")
    number, unused = 1, stamp
    while (folder / f"{SET_ASIDE}{unused}").exists():
        number += 1
        unused = f"{stamp}-{number}"
    return unused


def _move(source: Path, target: Path) -> None:
    if source.exists():
        source.replace(target)
        sync_folder(target.parent)
        sync_folder(source.parent)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
