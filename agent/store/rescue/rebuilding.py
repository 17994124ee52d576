"""A fresh database and a fresh second copy, made of what was saved."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from agent.domain.errors import StoreError
from agent.store import copy, digests, set_aside
from agent.store.database import FILE_NAME, open_writer
from agent.store.identity import make
from agent.store.migrations import migrate
from agent.store.moments import to_text
from agent.store.rescue.consistency import complete
from agent.store.rescue.inspection import Inspection
from agent.store.rescue.report import LostRow, RescueReport, lost_number, lost_row
from agent.store.rescue.salvage import Saved
from agent.store.rescue.shapes import Row, key_of
from agent.store.settings import Setting
from agent.store.vault import Keeper

_OF_THE_TABLET = ("accounts", "meters", "orders", "prepay_profiles")
"""What SMM gave to this tablet alone: another one gets its own."""
_TABLES = (
    "settings",
    "probes",
    *_OF_THE_TABLET,
    "jobs",
    "attempts",
    "outbox",
    "load_profiles",
    "load_profile_rows",
    "set_aside",
)
_MOST_GAPS = 10_000
_CURSOR = (Setting.DIRECTORY_CURSOR, Setting.DIRECTORY_SCOPE)
_OF_SMM = (*_CURSOR, Setting.SMM_EPOCH, Setting.LAST_SYNC)


def build(target: Path, found: Inspection, at: datetime, *, new_identity: Keeper | None = None) -> RescueReport:
    """Writes database and copy into the folder `target`; with `new_identity` it becomes another tablet.

    Raises:
        StoreError: the schema cannot be made.
        sqlite3.Error, OSError: the disk fails.
    """
    saved, is_new = found.saved or Saved(), new_identity is not None
    _prepare(saved, new_tablet=is_new)
    with closing(open_writer(target / FILE_NAME)) as db:
        migrate(db)
        with db.atomic():
            refused = _fill(db, saved)
            _keep_identity(db, found, new_identity)
            lost = _lost(db, saved, refused, new_tablet=is_new)
            for row in lost:
                set_aside.add(db, row.table, row.key, None if is_new else row.sequence, row.text, at)
            db.execute("UPDATE counters SET value = ? WHERE name = 'sequence'", [saved.highest])
            digests.renew_all(db)
        _leave_no_log(db)
        copy.renew(target, db)
        counts = {table: _count(db, table) for table in ("jobs", "outbox", "attempts")}
        counts["waiting"] = _count(db, "outbox WHERE state IN ('waiting', 'refused')")
    return RescueReport(to_text(at), found.database, found.trouble, is_new, counts, tuple(lost), None)


def _leave_no_log(db: Database) -> None:
    """All of it is in the file, which alone is put in place.

    Raises:
        StoreError, sqlite3.Error: there is no room for it.
    """
    busy, log, moved = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy or log != moved:
        raise StoreError("the log of the fresh database cannot be emptied")


def _prepare(saved: Saved, *, new_tablet: bool) -> None:
    complete(saved, new_tablet=new_tablet)
    dropped = _OF_SMM if new_tablet else () if saved.has_all_meters else _CURSOR
    for name in dropped:
        saved.of("settings").pop(name.value, None)
    for table in _OF_THE_TABLET if new_tablet else ():
        saved.of(table).clear()


def _fill(db: Database, saved: Saved) -> list[tuple[str, Row]]:
    """Returns the rows that the schema refuses."""
    refused = []
    for table in _TABLES:
        for row in saved.of(table).values():
            if not _insert(db, table, row):
                refused.append((table, row))
    return refused


def _insert(db: Database, table: str, row: Row) -> bool:
    names = ", ".join(f'"{name}"' for name in row)
    blanks = ", ".join("?" for _ in row)
    try:
        db.execute(f"INSERT INTO {table} ({names}) VALUES ({blanks})", list(row.values()))
    except (sqlite3.IntegrityError, OverflowError):
        return False
    return True


def _keep_identity(db: Database, found: Inspection, new_identity: Keeper | None) -> None:
    if new_identity is not None:
        make(db, new_identity)
    else:
        assert found.identity_row is not None
        _insert(db, "identity", found.identity_row)


def _lost(db: Database, saved: Saved, refused: Iterable[tuple[str, Row]], *, new_tablet: bool) -> list[LostRow]:
    lost = [lost_row(*each) for each in saved.lost()]
    lost += [lost_row(table, key_of(table, row), row) for table, row in refused if table in copy.KEYS]
    if new_tablet:
        return lost
    known = {row[0] for row in db.execute("SELECT sequence FROM outbox UNION SELECT sequence FROM set_aside")}
    known |= {row.sequence for row in lost}
    gaps = (number for number in range(1, saved.highest + 1) if number not in known)
    return lost + [lost_number(number) for number, _ in zip(gaps, range(_MOST_GAPS), strict=False)]


def _count(db: Database, table: str) -> int:
    count: int = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return count
