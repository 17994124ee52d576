"""Rows of load profiles, one each, kept while they come in; and what of a meter's profile is here already.

A row is known by its number within its job. Its cells are a JSON list of texts, as they travel; `at` is its moment in
seconds since 1970, None where it has none.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlite_utils import Database

from agent.domain.errors import InputError, StoreError
from agent.store.moments import from_text, to_text


@dataclass(frozen=True)
class KeptRow:
    at: int | None
    cells: str


@dataclass(frozen=True)
class StoredProfile:
    """What one job has brought so far. `shape` is a load profile's message without rows; None until it is known.

    `new_only`: rows that this tablet had before were left out. `mark` is the moment of the last row that has one.
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
    """Part of the transaction that keeps the job."""
    db.execute(
        "INSERT INTO load_profiles (job, serial, first, last, new_only) VALUES (?, ?, ?, ?, ?)",
        [job, serial, to_text(first), to_text(last), new_only],
    )


def set_shape(db: Database, profile: int, shape: dict[str, Any]) -> None:
    """Keeps the columns.

    Raises:
        InputError: `profile-changed`, if rows came with other columns before.
    """
    content = json.dumps(shape, sort_keys=True, allow_nan=False)
    update = "UPDATE load_profiles SET shape = ? WHERE id = ? AND (rows = 0 OR shape = ?)"
    if db.execute(update, [content, profile, content]).rowcount != 1:
        raise InputError(code="profile-changed")


def append(db: Database, profile: int, number: int, rows: Sequence[KeptRow]) -> None:
    """Keeps rows, of which the first has that number, and the mark to go on from.

    Raises:
        StoreError: they do not follow the rows that are here.
    """
    marks = [row.at for row in rows if row.at is not None]
    update = "UPDATE load_profiles SET rows = rows + ?, mark = coalesce(?, mark) WHERE id = ? AND rows = ?"
    if db.execute(update, [len(rows), marks[-1] if marks else None, profile, number]).rowcount != 1:
        raise StoreError(f"row {number} does not follow what is kept")
    db.conn.executemany(
        "INSERT INTO load_profile_rows (profile, number, at, cells) VALUES (?, ?, ?, ?)",
        [(profile, number + place, row.at, row.cells) for place, row in enumerate(rows)],
    )


def find(db: Database, job: str) -> StoredProfile | None:
    for row in db.query("SELECT * FROM load_profiles WHERE job = ?", [job]):
        return _stored(row)
    return None


def cells(db: Database, profile: int, begin: int = 0, end: int | None = None) -> Iterator[str]:
    """Cells of the rows from number `begin` to before `end`, in order, read as they are asked for."""
    upper = (1 << 62) if end is None else end
    query = "SELECT cells FROM load_profile_rows WHERE profile = ? AND number >= ? AND number < ? ORDER BY number"
    return (row[0] for row in db.execute(query, [profile, begin, upper]))


def moments(db: Database, profile: int) -> Iterator[int | None]:
    query = "SELECT at FROM load_profile_rows WHERE profile = ? ORDER BY number"
    return (row[0] for row in db.execute(query, [profile]))


def column(db: Database, profile: int, number: int) -> Iterator[str | None]:
    """One cell of every row, in order."""
    query = "SELECT json_extract(cells, ?) FROM load_profile_rows WHERE profile = ? ORDER BY number"
    return (row[0] for row in db.execute(query, [f"$[{number}]", profile]))


def ends(db: Database, profile: int) -> tuple[datetime | None, datetime | None]:
    """The earliest and the latest moment."""
    found = db.execute("SELECT min(at), max(at) FROM load_profile_rows WHERE profile = ?", [profile]).fetchone()
    first, last = map(_moment, found)
    return first, last


def rows_since(db: Database, profile: int, since: datetime) -> list[str]:
    """Rows of that job at or after `since`, and those without a moment, in order."""
    query = "SELECT cells FROM load_profile_rows WHERE profile = ? AND (at IS NULL OR at >= ?) ORDER BY number"
    return [row[0] for row in db.execute(query, [profile, int(since.timestamp())])]


def rows_of_visits(db: Database, serial: str, since: datetime) -> frozenset[str]:
    """Rows at or after `since`, and those without a moment, that jobs which are done brought from that meter."""
    query = (
        "SELECT cells FROM load_profiles JOIN jobs ON jobs.id = load_profiles.job AND jobs.state = 'done'"
        " JOIN load_profile_rows ON profile = load_profiles.id"
        " WHERE load_profiles.serial = ? AND (at IS NULL OR at >= ?)"
    )
    return frozenset(row[0] for row in db.execute(query, [serial, int(since.timestamp())]))


def last_fetched(db: Database, serial: str) -> datetime | None:
    """The moment up to which this tablet has the meter's profile, without a gap since its first visit.

    A range that was chosen beyond that does not move it: what lies between is still to be fetched.
    """
    query = (
        "SELECT load_profiles.* FROM load_profiles JOIN jobs ON jobs.id = load_profiles.job AND jobs.state = 'done'"
        " WHERE load_profiles.serial = ? AND mark IS NOT NULL ORDER BY load_profiles.id"
    )
    fetched: datetime | None = None
    for profile in map(_stored, db.query(query, [serial])):
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
