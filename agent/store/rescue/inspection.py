"""What is in a tablet's folder: database, second copy and key, held against each other. Nothing is changed."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlite_utils import Database

from agent.domain.errors import StoreError
from agent.store import copy, digests
from agent.store.database import FILE_NAME, pragma
from agent.store.errors import MARKER
from agent.store.identity import Identity, unlock
from agent.store.lock import marked
from agent.store.migrations import MIGRATIONS, refuse_newer
from agent.store.rescue import comparison
from agent.store.rescue.images import is_log_broken
from agent.store.rescue.plausibility import implausible_row
from agent.store.rescue.salvage import SQL_ERRORS, Saved, open_suspect, salvage
from agent.store.rescue.shapes import FIRST_WITH_DIGESTS, Row, schema_in, schema_of
from agent.store.vault import FILE_NAME as VAULT_FILE
from agent.store.vault import Keeper, keeper_named

SET_ASIDE = "set-aside-"
"""How folders with what was damaged begin."""

_CHECKED_AT_ONCE = 16 << 20
"""Of a larger file, the rows of load profiles are left out of the check: it would take seconds."""
_BULK = "load_profile_rows"
_VERSIONS_AHEAD = 100
"""A version further ahead than this is no newer program's, but damage."""

DatabaseState = Literal["missing", "damaged", "healthy"]
Verdict = Literal["new", "healthy", "mend", "ask"]
"""`new`: there has never been a tablet here; `mend`: all it takes is there; `ask`: a person has to decide."""


@dataclass(frozen=True)
class Inspection:
    """`trouble` says for engineers what is wrong with the database; `code` says for people why they are asked.

    `identity` is the tablet's, if it can be opened; `identity_row` as it is kept. `saved` is what can be had, where
    the database alone is not to be relied on. `is_copy_behind`: the copy lacks something that the database has.
    """

    folder: Path
    verdict: Verdict
    code: str
    database: DatabaseState
    trouble: str
    has_copy: bool
    has_key: bool
    is_copy_behind: bool = True
    identity: Identity | None = None
    identity_row: Row | None = None
    saved: Saved | None = None


def inspect(folder: Path, keeper: Keeper | None = None) -> Inspection:
    """Looks at a folder, without changing anything in it.

    Raises:
        StoreError: `storage-newer`; the keyring does not answer.
        OSError: the folder cannot be read.
    """
    copied = comparison.scan(folder)
    state, trouble, identities, difference = _examine(folder, copied)
    saved = None
    if difference is None or difference.is_database_behind:
        trouble = trouble or "the second copy has more"
        saved = salvage(folder, is_healthy=state == "healthy")
        identities = saved.identities["database"]
    copies = [dict(copied.identity)] if copied.identity else []
    has_key = (folder / VAULT_FILE).exists()
    row, identity = _open_one(folder, [*identities, *copies], keeper)
    verdict: Verdict = "mend" if saved is not None else "healthy"
    code = ""
    if identities and copies and all(each["box"] != copies[0]["box"] for each in identities):
        verdict, code, identity = "ask", "two-tablets", None
    elif identity is None and (identities or copies):
        verdict, code = "ask", "identity-lost"
    elif identity is None:
        has_past = has_key or copied.lines > 0 or state == "damaged" or _had_tablet(folder)
        is_new = not (has_past or _has_work(folder, saved))
        verdict, code = ("new", "") if is_new else ("ask", "rescue-needed")
    behind = difference is None or difference.is_copy_behind
    has_copy = copied.lines > copied.damaged
    return Inspection(folder, verdict, code, state, trouble, has_copy, has_key, behind, identity, row, saved)


def _had_tablet(folder: Path) -> bool:
    return bool(marked(folder)) or any(folder.glob(f"{SET_ASIDE}*"))


def _examine(
    folder: Path, copied: comparison.Scan
) -> tuple[DatabaseState, str, list[Row], comparison.Difference | None]:
    path = folder / FILE_NAME
    if not path.exists() or path.stat().st_size == 0:
        return "missing", "there is no database", [], None
    try:
        trouble = "damage was met before" if (folder / MARKER).exists() else ""
        trouble = trouble or ("the log is damaged" if is_log_broken(path) else "")
        with open_suspect(path) as db:
            trouble = trouble or _trouble(db, path.stat().st_size)
            if not trouble and pragma(db, "user_version") == 0:
                return "missing", "the database is empty", [], None
            if not trouble:
                rows = list(db.query("SELECT id, keeper, vault, box FROM main.identity"))
                return "healthy", "", rows, comparison.compare(db, copied)
    except SQL_ERRORS as error:
        if isinstance(error, sqlite3.Error) and _is_of_the_system(error):
            raise
        trouble = str(error)
    return "damaged", trouble, [], None


def _is_of_the_system(error: sqlite3.Error) -> bool:
    """Not of the file's content: it is locked, or the disk fails."""
    code = getattr(error, "sqlite_errorcode", 0)
    kinds = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM)
    return code & 0xFF in kinds and code != sqlite3.SQLITE_IOERR_SHORT_READ


def _trouble(db: Database, octets: int) -> str:
    """What is wrong with the database; empty, if nothing is. Raises: StoreError `storage-newer`."""
    version = pragma(db, "user_version")
    assert isinstance(version, int)
    if len(MIGRATIONS) < version <= len(MIGRATIONS) + _VERSIONS_AHEAD:
        refuse_newer(db)
    if not 0 <= version <= len(MIGRATIONS):
        return f"version {version}"
    if schema_in(db) != schema_of(version):
        return "another schema"
    tables = [name for (name,) in db.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall()]
    checked = [name for name in ("sqlite_schema", *tables) if name != _BULK]
    parts = [""] if octets <= _CHECKED_AT_ONCE else [f"({name})" for name in checked]
    for part in parts:
        found = db.execute(f"PRAGMA main.integrity_check{part}").fetchone()[0]
        if found != "ok":
            return str(found)
    return _bad_digests(db) if version >= FIRST_WITH_DIGESTS else implausible_row(db)


def _bad_digests(db: Database) -> str:
    for table in digests.tables(db):
        if (
            table != _BULK
            and db.execute(f"SELECT 1 FROM main.{table} WHERE NOT ({digests.is_intact(db, table)}) LIMIT 1").fetchone()
        ):
            return f"a row of {table} is damaged"
    return ""


def _open_one(folder: Path, rows: list[Row], keeper: Keeper | None) -> tuple[Row | None, Identity | None]:
    for row in rows:
        try:
            identity = unlock(row, keeper or keeper_named(row["keeper"], folder))
        except StoreError as error:
            if error.code != "identity-lost":
                raise
        else:
            return {name: row[name] for name in ("id", "keeper", "vault", "box")}, identity
    return None, None


def _has_work(folder: Path, saved: Saved | None) -> bool:
    if saved is not None:
        return any(saved.of(table) for table in copy.KEYS) or bool(saved.damaged)
    with open_suspect(folder / FILE_NAME) as db:
        tables = ("jobs", "outbox")
        return any(db.execute(f"SELECT 1 FROM main.{table} LIMIT 1").fetchone() for table in tables)
