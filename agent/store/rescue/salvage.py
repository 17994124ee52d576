"""All rows that can still be had: by SQL as far as it goes, from the pages, and from the second copy."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from agent.store import copy, digests
from agent.store.database import FILE_NAME
from agent.store.rescue.images import read_images
from agent.store.rescue.pages import Record
from agent.store.rescue.plausibility import is_plausible, is_sound
from agent.store.rescue.shapes import Row, current_columns, damaged_row_of, digest_of, key_of, row_of
from agent.store.rescue.versions import is_further
from agent.store.settings import Setting

WORK = ("jobs", "attempts", "outbox", "load_profiles", "load_profile_rows")
"""What the technician has done. All else SMM has too, or is of this tablet alone."""

CARRIED_FROM = 1 << 40
"""Envelopes of another tablet stand behind the own ones in the queue: from this number on."""

_PASSING = {Setting.DIRECTORY_CURSOR, Setting.DIRECTORY_SCOPE, Setting.CLOCK_DRIFT, Setting.LAST_SYNC}
"""Settings of which an old value does harm."""
_OLD_ENVELOPE_COLUMNS = ("key", "job", "sequence", "envelope", "state", "refusal", "reason", "receipt_at")
_OLD_IDENTITY_COLUMNS = ("id", "keeper", "vault", "box")
_OLD_ENVELOPE_STATES = ("waiting", "refused", "received")
SQL_ERRORS = (sqlite3.Error, UnicodeDecodeError, OverflowError, TypeError, ValueError)
"""What reading a damaged database may raise."""


@dataclass
class Saved:
    """Intact rows by table and key; what can be read of `damaged` ones; identities by the file that has them."""

    rows: dict[str, dict[Any, Row]] = field(default_factory=dict)
    damaged: dict[tuple[str, Any], Row] = field(default_factory=dict)
    identities: dict[str, list[Row]] = field(default_factory=lambda: {"database": [], "copy": []})
    highest: int = 0
    has_all_meters: bool = True

    def take(self, table: str, row: Row, source: str = "database") -> None:
        """Keeps a row, unless there is one with its key that has gone as far."""
        if table == "identity":
            self._take_identity(row, source)
            return
        if table == "counters":
            self.highest = max(self.highest, row["value"])
            return
        rows = self.rows.setdefault(table, {})
        key = key_of(table, row)
        if key not in rows or is_further(table, row, rows[key]):
            rows[key] = row

    def note_damage(self, table: str, row: Row) -> None:
        """Keeps what can be read of a row that is damaged."""
        self.damaged.setdefault((table, key_of(table, row)), row)

    def of(self, table: str) -> dict[Any, Row]:
        """The rows of a table, by key."""
        return self.rows.setdefault(table, {})

    def lost(self) -> Iterator[tuple[str, Any, Row]]:
        """Damaged rows of which no other version was found."""
        sequences = {row["sequence"] for row in self.of("outbox").values()}
        contents = {_without_key(row) for table in WORK for row in self.of(table).values()}
        for (table, key), row in self.damaged.items():
            is_there = key in self.of(table) or (table == "outbox" and row["sequence"] in sequences)
            if not is_there and _without_key(row) not in contents:
                yield table, key, row

    def _take_identity(self, row: Row, source: str) -> None:
        known = self.identities[source]
        if all(each["box"] != row["box"] for each in known):
            known.append(row)


def _without_key(row: Row) -> tuple[Any, ...]:
    """The key itself may be what is damaged."""
    return tuple(row.values())[1:]


def salvage(folder: Path, *, is_healthy: bool) -> Saved:
    """Collects what the folder holds; the pages of a healthy database need not be searched. Raises: OSError."""
    saved = Saved()
    path = folder / FILE_NAME
    if path.exists() and path.stat().st_size:
        _walk_file(path, saved)
    images = None if is_healthy else read_images(path)
    for record in () if images is None else images.current_records():
        _take_record(saved, record)
    for table, rows in copy.read(folder).rows.items():
        for row in rows.values():
            saved.take(table, {name: row[name] for name in row if name in current_columns(table)}, "copy")
    for record in () if images is None else images.older_records():
        _take_former_record(saved, record)
    _complete_highest(saved)
    return saved


@contextmanager
def open_suspect(path: Path) -> Iterator[Database]:
    """A connection to a database that may be damaged. It changes nothing; a text that is none comes as octets.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.text_factory = _text
        db = Database(connection, recursive_triggers=False)
        digests.prepare(db)
        yield db


# ── by SQL ───────────────────────────────────────────────────────────────────────────────────────


def _walk_file(path: Path, saved: Saved) -> None:
    """Reads each table from its beginning and, where that fails, from its end."""
    with (
        suppress(*SQL_ERRORS),
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection,
    ):
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.text_factory = _text
        db = Database(connection, recursive_triggers=False)
        saved.has_all_meters = False
        for (table,) in db.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
            is_whole = _walk(db, table, saved)
            saved.has_all_meters |= table == "meters" and is_whole


def _walk(db: Database, table: str, saved: Saved) -> bool:
    for order in ("", *(f"ORDER BY {column} DESC" for column in _order(db, table))):
        try:
            whole = [_take_row(saved, table, row) for row in db.query(f"SELECT * FROM main.{table} {order}")]
        except SQL_ERRORS:
            continue
        return all(whole) and not order
    return False


def _order(db: Database, table: str) -> list[str]:
    try:
        keys = digests.key_columns(db, table)
    except SQL_ERRORS:
        return []
    return ["rowid"] if len(keys) == 1 else [", ".join(f"{key} DESC" for key in keys).removesuffix(" DESC")]


def _take_row(saved: Saved, table: str, row: Row) -> bool:
    """Returns whether it is intact."""
    columns = current_columns(table)
    content = {name: value for name, value in row.items() if name != "digest"}
    if not columns.issuperset(content):
        return False
    is_intact = row["digest"] == digest_of(content) if "digest" in row else is_plausible(table, content)
    if is_intact:
        saved.take(table, content)
    elif table in WORK:
        saved.note_damage(table, content)
    return is_intact


def _text(octets: bytes) -> str | bytes:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets


# ── from the pages ───────────────────────────────────────────────────────────────────────────────


def _take_record(saved: Saved, record: Record) -> None:
    found = row_of(record) or _old_row_of(record)
    if found is not None:
        table, row = found
        if table != "settings" or row["name"] not in _PASSING:
            saved.take(table, row)
        return
    damaged = damaged_row_of(record)
    if damaged is not None:
        saved.note_damage(*damaged)


def _take_former_record(saved: Saved, record: Record) -> None:
    """Of pages that were replaced or given back: only what nobody deletes."""
    found = row_of(record) or _old_row_of(record)
    if found is not None and found[0] in (*WORK, "identity", "counters", "settings"):
        _take_record(saved, record)


def _old_row_of(record: Record) -> tuple[str, Row] | None:
    """An envelope or an identity of a schema without digests."""
    values = record.values
    if len(values) == len(_OLD_ENVELOPE_COLUMNS):
        row = dict(zip(_OLD_ENVELOPE_COLUMNS, values, strict=True))
        return ("outbox", row) if row["state"] in _OLD_ENVELOPE_STATES and is_sound(row) else None
    if len(values) == len(_OLD_IDENTITY_COLUMNS) and values[1] in ("file", "keyring") and isinstance(values[3], bytes):
        return "identity", {**dict(zip(_OLD_IDENTITY_COLUMNS, values, strict=True)), "id": 1}
    return None


def _complete_highest(saved: Saved) -> None:
    """The last number that was given out is no lower than any that was used."""
    numbers = [row["sequence"] for row in saved.of("outbox").values()]
    numbers += [row["sequence"] for row in saved.of("set_aside").values() if row["sequence"] is not None]
    saved.highest = max([saved.highest, *(number for number in numbers if number < CARRIED_FROM)])
