"""What damage has taken from this tablet: rows that could not be read any more, with what is left of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from agent.store.moments import to_text

_ADD = "INSERT INTO set_aside (table_name, row_key, sequence, content, found_at) VALUES (?, ?, ?, ?, ?)"
"""Keeps what is left of a row."""


@dataclass(frozen=True)
class SetAside:
    """A row that is lost. `sequence` is that of an envelope, where it is known; `content` what can be read, as text:
    empty, if there is no trace."""

    id: int
    table: str
    key: str | None
    sequence: int | None
    content: str
    found_at: str


def add(db: Database, table: str, key: str | None, sequence: int | None, content: str, at: datetime) -> None:
    """Keeps what is left of a row."""
    db.execute(_ADD, [table, key, sequence, content, to_text(at)])


def waiting_to_be_told(db: Database) -> list[SetAside]:
    """What SMM has not been told of, oldest first. Envelopes with a sequence number are absent for ever."""
    return _rows(db, "WHERE told_at IS NULL")


def everything(db: Database) -> list[SetAside]:
    """All that was ever set aside, oldest first."""
    return _rows(db, "")


def mark_told(db: Database, ids: Iterable[int], at: datetime) -> None:
    """SMM knows of these."""
    db.conn.executemany("UPDATE set_aside SET told_at = ? WHERE id = ?", [(to_text(at), each) for each in ids])


def _rows(db: Database, where: str) -> list[SetAside]:
    found = db.query(f"SELECT * FROM set_aside {where} ORDER BY id")
    return [
        SetAside(row["id"], row["table_name"], row["row_key"], row["sequence"], row["content"], row["found_at"])
        for row in found
    ]
