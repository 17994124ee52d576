"""Connections to the tablet's file: the one that writes, and those that only read."""

import sqlite3
from pathlib import Path

from sqlite_utils import Database

from agent.domain.errors import StoreError
from agent.store import digests

FILE_NAME = "eplus.sqlite"

_BUSY_MS = 5000
_SYNCHRONOUS_FULL = 2


def open_writer(path: Path) -> Database:
    """The connection that writes: each commit is on the disk before it returns.

    Raises:
        StoreError: SQLite does not grant the guarantees that the store needs.
        sqlite3.Error: the file cannot be opened.
    """
    connection = sqlite3.connect(path, check_same_thread=False)
    try:
        return _guaranteed(Database(connection, recursive_triggers=False))
    except BaseException:
        connection.close()
        raise


def open_reader(path: Path) -> Database:
    """A connection that cannot change anything, and sees no damaged row; one thread at a time may use it.

    Raises:
        sqlite3.Error: the file is missing or cannot be opened.
    """
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    db = Database(connection, recursive_triggers=False)
    digests.prepare(db)
    digests.add_views(db)
    db.execute("PRAGMA query_only = ON")
    return db


def _guaranteed(db: Database) -> Database:
    db.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA temp_store = MEMORY")
    digests.prepare(db)
    db.execute("PRAGMA synchronous = FULL")
    if pragma(db, "journal_mode = WAL") != "wal":
        raise StoreError("this file system cannot keep a write-ahead log")
    if pragma(db, "synchronous") != _SYNCHRONOUS_FULL:
        raise StoreError("SQLite does not grant synchronous=FULL")
    if pragma(db, "foreign_keys") != 1:
        raise StoreError("SQLite does not grant foreign keys")
    return db


def pragma(db: Database, text: str) -> object:
    """The value that a pragma returns; None if it returns nothing."""
    row = db.execute(f"PRAGMA {text}").fetchone()
    return row[0] if row else None
