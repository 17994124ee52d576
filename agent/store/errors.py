"""Errors of SQLite and of the file system, turned into ours."""

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from agent.domain.errors import StorageFull, StoreError

MARKER = "damaged"
"""A file of this name says that damage was met while the agent ran: the database is not to be trusted."""

SQLITE_OR_DISK = (sqlite3.Error, OSError, UnicodeDecodeError)
"""What using a database may raise; a message of SQLite that quotes a damaged text is no text itself."""

# A write that fails with so little space left failed for lack of space, whatever SQLite calls it.
_NO_ROOM_BYTES = 64 * 1024


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Turns errors of SQLite and of the file system inside the block into ours.

    Raises:
        StorageFull: the disk of `folder` is full.
        StoreError: `storage-damaged`, if SQLite cannot make sense of the file; any other failure of disk or file.
    """
    try:
        yield
    except SQLITE_OR_DISK as error:
        if _is_full(error, folder):
            raise StorageFull(str(error)) from error
        if is_damage(error):
            note_damage(folder)
            raise StoreError(str(error), code="storage-damaged") from error
        raise StoreError(f"{type(error).__name__}: {error}") from error


def note_damage(folder: Path) -> None:
    """From now on the store of this folder is rescued at its next start, whatever its checks say."""
    with suppress(OSError):
        (folder / MARKER).touch()


def is_damage(error: BaseException) -> bool:
    """Whether the file is damaged, or no database at all, or a row in it is not as it was written."""
    if isinstance(error, UnicodeDecodeError):
        return True
    code = getattr(error, "sqlite_errorcode", 0)
    # The only trigger of ours that refuses is that of a row whose digest is wrong.
    return code == sqlite3.SQLITE_CONSTRAINT_TRIGGER or code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _is_full(error: Exception, folder: Path) -> bool:
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if primary == sqlite3.SQLITE_FULL:
        return True
    return primary in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN) and _has_no_room(folder)


def _has_no_room(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _NO_ROOM_BYTES
    except OSError:
        return False
