"""Which table a record belongs to: a row's columns fit, and its digest is right."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlite_utils import Database

from agent.domain.activity import Activity
from agent.domain.attempt import AttemptState
from agent.store import digests
from agent.store.migrations import MIGRATIONS, migrate
from agent.store.rescue.pages import Record, Value
from agent.store.settings import Setting

Row = dict[str, Any]

FIRST_WITH_DIGESTS = 5
"""The version of the schema from which on rows have digests."""

_LAYOUT = re.compile(r'["\s]+')
_TYPES = {"TEXT": str, "INTEGER": int, "BLOB": bytes}


@dataclass(frozen=True)
class Shape:
    """The columns of a table, in the order of its records. `hidden` is the one that the file keeps as rowid."""

    table: str
    columns: tuple[str, ...]
    types: tuple[type, ...]
    needed: tuple[bool, ...]
    hidden: str | None

    def row(self, record: Record) -> Row | None:
        """The record as a row of this table, without its digest; None if its columns do not fit."""
        if len(record.values) != len(self.columns):
            return None
        row = dict(zip(self.columns, record.values, strict=True))
        if self.hidden is not None:
            if row[self.hidden] is not None:
                return None
            row[self.hidden] = record.rowid
        fits = all(map(_fits, row.values(), self.types, self.needed))
        return row if fits and _means(self.table, row) else None


def row_of(record: Record) -> tuple[str, Row] | None:
    """The table and the row, without digest, whose record this is; None unless its digest is right."""
    for shape in _shapes().get(len(record.values), ()):
        row = shape.row(record)
        if row is not None and row.pop("digest") == digest_of(row):
            return shape.table, row
    return None


def damaged_row_of(record: Record) -> tuple[str, Row] | None:
    """The job, attempt or envelope that a damaged record was: what can be read of it."""
    for shape in _shapes().get(len(record.values), ()):
        if shape.table in _TELLING:
            row = dict(zip(shape.columns, record.values, strict=True))
            row.pop("digest")
            if _TELLING[shape.table](row):
                return shape.table, row
    return None


def digest_of(row: Mapping[str, Value]) -> str:
    """The digest of a row, made of its values in the order of the columns."""
    return digests.row_digest(*map(_octets, row.values()))


def key_of(table: str, row: Row) -> Any:
    """What names a row of this table."""
    if table == "load_profile_rows":
        return row["profile"], row["number"]
    return next(iter(row.values()))


@cache
def current_columns(table: str) -> frozenset[str]:
    """The columns that this table has now, without its digest."""
    newest = {shape.table: shape.columns for shapes in _shapes().values() for shape in shapes}
    return frozenset(newest.get(table, ())) - {"digest"}


@cache
def schema_of(version: int) -> frozenset[tuple[str, str]]:
    """Names and statements of a file's tables and indices in this version."""
    db = _empty(version)
    try:
        return schema_in(db)
    finally:
        db.close()


def schema_in(db: Database) -> frozenset[tuple[str, str]]:
    """Names and statements of the tables and indices that are there, without what SQLite's versions write differently.

    Raises: sqlite3.Error.
    """
    found = db.execute("SELECT name, sql FROM main.sqlite_master WHERE sql IS NOT NULL").fetchall()
    return frozenset((name, _LAYOUT.sub("", str(sql))) for name, sql in found)


@cache
def _shapes() -> dict[int, tuple[Shape, ...]]:
    """By how many columns; the newest version last."""
    found: dict[Shape, None] = {}
    for version in range(FIRST_WITH_DIGESTS, len(MIGRATIONS) + 1):
        db = _empty(version)
        for table in digests.tables(db):
            found.setdefault(_shape(db, table))
        db.close()
    counts = {len(shape.columns) for shape in found}
    return {count: tuple(shape for shape in found if len(shape.columns) == count) for count in counts}


def _empty(version: int) -> Database:
    db = Database(memory=True, recursive_triggers=False)
    digests.prepare(db)
    migrate(db, MIGRATIONS[:version])
    return db


def _shape(db: Database, table: str) -> Shape:
    info = db.execute(f"PRAGMA table_info({table})").fetchall()
    keys = [row[1] for row in info if row[5]]
    types = {row[1]: row[2] for row in info}
    hidden = keys[0] if len(keys) == 1 and types[keys[0]] == "INTEGER" else None
    return Shape(
        table,
        tuple(types),
        tuple(_TYPES[kind] for kind in types.values()),
        tuple(bool(row[3]) for row in info),
        hidden,
    )


def _fits(value: Value, kind: type, needed: bool) -> bool:
    return isinstance(value, kind) if value is not None else not needed


def _octets(value: Value) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    return str(value).encode()


def _means(table: str, row: Row) -> bool:
    """Tells tables with the same columns apart."""
    if table == "settings":
        return row["name"] in set(Setting)
    if table == "attempts":
        return row["state"] in set(AttemptState)
    if table in ("prepay_profiles", "accounts"):
        return str(row["profile" if table == "prepay_profiles" else "user"]).startswith("{")
    return table != "probes" or not str(row["name"]).startswith("{")


_TELLING = {
    "jobs": lambda row: isinstance(row["id"], str) and row["activity"] in set(Activity),
    "attempts": lambda row: isinstance(row["job"], str) and row["state"] in set(AttemptState),
    "outbox": lambda row: isinstance(row["sequence"], int) and '"signature"' in _readable(row["envelope"]),
}


def _readable(value: Value) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
