"""Load profiles, kept row by row while they come in, and what of a meter's profile is here from earlier visits.

A row has a number within its job. Its cells are a JSON list of texts, as in the envelope; `at` is its moment in seconds
since 1970, None if it has none.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlite_utils import Database

from agent.domain.errors import InputError, StoreError
from agent.store.moments import from_text, to_text

_BEGIN = "INSERT INTO load_profiles (job, serial, first, last, new_only) VALUES (?, ?, ?, ?, ?)"
"""Keeps what a job is to fetch."""

_SET_SHAPE = """
UPDATE load_profiles SET shape = CASE rows WHEN 0 THEN ?1 ELSE shape END
WHERE id = ?2 AND (rows = 0 OR json_remove(shape, '$.warnings') = json(?1))
"""
"""Keeps the columns, unless there are rows with other ones."""

_SET_WARNINGS = "UPDATE load_profiles SET shape = json_set(shape, '$.warnings', json(?)) WHERE id = ?"
"""Keeps the warnings beside the columns."""

_SET_MARK = """
UPDATE load_profiles SET mark = (SELECT max(at) FROM load_profile_rows WHERE profile = load_profiles.id) WHERE id = ?
"""
"""Moves the mark to the latest row."""

_COUNT_ROWS = "UPDATE load_profiles SET rows = rows + ?, mark = coalesce(?, mark) WHERE id = ? AND rows = ?"
"""Counts new rows and moves the mark, unless the rows are not the next ones."""

_APPEND = "INSERT INTO load_profile_rows (profile, number, at, cells) VALUES (?, ?, ?, ?)"
"""Keeps a row."""

_CELLS = "SELECT cells FROM load_profile_rows WHERE profile = ? AND number >= ? AND number < ? ORDER BY number"
"""Rows of a profile between two numbers."""

_MOMENTS = "SELECT at FROM load_profile_rows WHERE profile = ? ORDER BY number"
"""The moment of each row of a profile."""

_COLUMN = "SELECT json_extract(cells, ?) FROM load_profile_rows WHERE profile = ? ORDER BY number"
"""One cell of each row of a profile."""

_ENDS = "SELECT min(at), max(at) FROM load_profile_rows WHERE profile = ?"
"""The earliest and the latest moment of a profile."""

_ROWS_SINCE = "SELECT cells FROM load_profile_rows WHERE profile = ? AND (at IS NULL OR at >= ?) ORDER BY number"
"""Rows of a profile from a moment on, and those without a moment."""

_ROWS_OF_VISITS = """
SELECT cells FROM load_profiles
JOIN jobs ON jobs.id = load_profiles.job AND jobs.state = 'done'
JOIN load_profile_rows ON profile = load_profiles.id
WHERE load_profiles.serial = ? AND (at IS NULL OR at >= ?)
"""
"""Rows of a meter from a moment on, and those without a moment, from all jobs that are done."""

_FETCHED = """
SELECT load_profiles.* FROM load_profiles JOIN jobs ON jobs.id = load_profiles.job AND jobs.state = 'done'
WHERE load_profiles.serial = ? AND mark IS NOT NULL ORDER BY load_profiles.id
"""
"""Profiles of a meter that jobs which are done have fetched, oldest first."""


@dataclass(frozen=True)
class KeptRow:
    """One row as it is kept."""

    at: int | None
    cells: str


@dataclass(frozen=True)
class StoredProfile:
    """What one job has fetched so far. `shape` is the load profile's message without rows; None until it is known.
    Its columns are final once there are rows.

    `new_only`: rows that this tablet had already were left out. `mark` is the moment of the last row that has one.
    """

    id: int
    job: str
    serial: str
    first: datetime
    last: datetime
    new_only: bool
    shape: dict[str, Any] | None
    rows: int
    mark: datetime | None


def begin(db: Database, job: str, serial: str, first: datetime, last: datetime, *, new_only: bool) -> None:
    """Keeps what a job is to fetch. Part of the transaction that keeps the job."""
    db.execute(_BEGIN, [job, serial, to_text(first), to_text(last), new_only])


def set_shape(db: Database, profile: int, shape: dict[str, Any]) -> None:
    """Keeps the columns.

    Raises:
        InputError: `profile-changed`, if there are rows with other columns.
    """
    content = json.dumps(shape, sort_keys=True, allow_nan=False)
    if db.execute(_SET_SHAPE, [content, profile]).rowcount != 1:
        raise InputError(code="profile-changed")


def set_warnings(db: Database, profile: int, warnings: Sequence[str]) -> None:
    """Keeps the warnings of a profile whose columns are known."""
    db.execute(_SET_WARNINGS, [json.dumps(sorted(warnings)), profile])


def set_mark(db: Database, profile: int) -> None:
    """Of a profile that is whole, whatever the order of its rows: the mark is its latest row."""
    db.execute(_SET_MARK, [profile])


def append(db: Database, profile: int, number: int, rows: Sequence[KeptRow], moves_mark: bool = True) -> None:
    """Keeps rows, the first of which has that number, and the mark from which to resume.

    `moves_mark` False: their order does not tell what is still missing, and the mark stays.

    Raises:
        StoreError: they are not the next rows after those kept.
    """
    marks = [row.at for row in rows if row.at is not None and moves_mark]
    if db.execute(_COUNT_ROWS, [len(rows), marks[-1] if marks else None, profile, number]).rowcount != 1:
        raise StoreError(f"row {number} does not follow what is kept")
    db.conn.executemany(_APPEND, [(profile, number + place, row.at, row.cells) for place, row in enumerate(rows)])


def find(db: Database, job: str) -> StoredProfile | None:
    """What that job has fetched; None if it fetches no load profile."""
    for row in db.query("SELECT * FROM load_profiles WHERE job = ?", [job]):
        return _stored(row)
    return None


def cells(db: Database, profile: int, begin: int = 0, end: int | None = None) -> Iterator[str]:
    """Cells of the rows from number `begin` up to but not including `end`, in order, read lazily."""
    upper = (1 << 62) if end is None else end
    return (row[0] for row in db.execute(_CELLS, [profile, begin, upper]))


def moments(db: Database, profile: int) -> Iterator[int | None]:
    """The moment of every row, in order, in seconds since 1970."""
    return (row[0] for row in db.execute(_MOMENTS, [profile]))


def column(db: Database, profile: int, number: int) -> Iterator[str | None]:
    """One cell of every row, in order."""
    return (row[0] for row in db.execute(_COLUMN, [f"$[{number}]", profile]))


def ends(db: Database, profile: int) -> tuple[datetime | None, datetime | None]:
    """The earliest and the latest moment; None where no row has one."""
    found = db.execute(_ENDS, [profile]).fetchone()
    first, last = map(_moment, found)
    return first, last


def rows_since(db: Database, profile: int, since: datetime) -> list[str]:
    """Cells of the rows at or after `since`, and of those without a moment, in order."""
    return [row[0] for row in db.execute(_ROWS_SINCE, [profile, int(since.timestamp())])]


def rows_of_visits(db: Database, serial: str, since: datetime) -> frozenset[str]:
    """Cells of that meter's rows at or after `since`, and of those without a moment, from all jobs that are done."""
    return frozenset(row[0] for row in db.execute(_ROWS_OF_VISITS, [serial, int(since.timestamp())]))


def last_fetched(db: Database, serial: str) -> datetime | None:
    """The moment up to which this tablet has the meter's profile, without a gap since the first visit.

    A job that fetched a later range does not move it: what lies between is still to be fetched.
    """
    fetched: datetime | None = None
    for profile in map(_stored, db.query(_FETCHED, [serial])):
        if fetched is None or (profile.mark is not None and profile.first <= fetched < profile.mark):
            fetched = profile.mark
    return fetched


def _stored(row: dict[str, Any]) -> StoredProfile:
    return StoredProfile(
        row["id"],
        row["job"],
        row["serial"],
        from_text(row["first"]),
        from_text(row["last"]),
        bool(row["new_only"]),
        None if row["shape"] is None else json.loads(row["shape"]),
        row["rows"],
        _moment(row["mark"]),
    )


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
