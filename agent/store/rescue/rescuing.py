"""The rescues: of a tablet that starts, as a new tablet, of a folder from a broken one."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from agent.domain.errors import InputError, RescueNeeded
from agent.store import copy, vault
from agent.store.counters import COUNTERS_FILE
from agent.store.database import FILE_NAME
from agent.store.errors import storage_errors
from agent.store.lock import LOCK_NAME, FolderLock
from agent.store.rescue.carving import carve
from agent.store.rescue.inspection import Inspection, inspect
from agent.store.rescue.placing import discard_unfinished, finish, move_aside, replace_files
from agent.store.rescue.rebuilding import build
from agent.store.rescue.report import RescueReport
from agent.store.rescue.salvage import SQL_ERRORS, Saved, salvage
from agent.store.settings import Setting
from agent.store.vault import Keeper, choose_keeper, sync_folder

_TOLD = ("jobs", "attempts", "outbox")


def make_whole(folder: Path, at: datetime, keeper: Keeper | None = None) -> tuple[Inspection, RescueReport | None]:
    """Mends what is in the folder of this tablet where all that it takes is there. The folder must be locked.

    Raises:
        RescueNeeded: a person has to decide; nothing was changed.
        StoreError: `storage-newer`; the keyring does not answer.
        OSError, sqlite3.Error: the disk fails.
    """
    finish(folder)
    _roll_back(folder)
    found = inspect(folder, keeper)
    if found.verdict == "ask":
        raise _needed(found)
    discard_unfinished(folder)
    if not _is_sound(folder / COUNTERS_FILE):
        move_aside(folder, COUNTERS_FILE, at)
    if found.verdict != "mend":
        return found, None
    return found, _replace(found, at)


def _roll_back(folder: Path) -> None:
    """What a power cut left half written: SQLite itself takes it back when it opens a file to write. A reader cannot,
    and would take a sound file for a damaged one."""
    for name in (FILE_NAME, COUNTERS_FILE):
        if (folder / name).exists() and (folder / f"{name}-journal").exists():
            with suppress(*SQL_ERRORS), closing(sqlite3.connect(folder / name)) as connection:
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def start_anew(folder: Path, at: datetime) -> RescueReport:
    """Makes the folder that of a new tablet. Everything old is set aside; the work that can be had is carried over.

    Raises:
        InputError: `already-running`; `rescue-not-needed`, if the tablet is whole.
        StoreError: the disk fails; what was done is finished at the next start.
    """
    with storage_errors(folder), _locked(folder):
        finish(folder)
        found = inspect(folder)
        if found.verdict != "ask":
            raise InputError(code="rescue-not-needed")
        return _replace(found, at, new_tablet=True)


def look(folder: Path) -> tuple[Inspection, dict[str, int]]:
    """What is in a folder, and how many jobs, attempts and envelopes can be had, how many of which are `waiting`.

    Raises:
        InputError: `already-running`; `rescue-no-data`.
        StoreError: `storage-newer`; the disk or the keyring fails.
    """
    with storage_errors(folder), _locked(folder):
        found = with_saved(inspect(folder))
        if found.verdict == "new":
            raise InputError(code="rescue-no-data", folder=str(folder))
        assert found.saved is not None
        counts = {table: len(found.saved.of(table)) for table in _TOLD}
        counts["waiting"] = sum(row["state"] in ("waiting", "refused") for row in found.saved.of("outbox").values())
        return found, counts


def write_mended(folder: Path, into: Path, at: datetime, *, new_tablet: bool) -> RescueReport:
    """Writes a mended copy of a folder into another one, and leaves the first as it is.

    Raises:
        InputError: `already-running`; `rescue-no-data`; `folder-not-empty`.
        RescueNeeded: it cannot be that tablet again.
        StoreError: a disk fails.
    """
    with storage_errors(folder), _locked(folder):
        found = inspect(folder)
        if found.verdict == "new":
            raise InputError(code="rescue-no-data", folder=str(folder))
        if found.verdict == "ask" and not new_tablet:
            raise _needed(found)
        into.mkdir(parents=True, exist_ok=True)
        if any(into.iterdir()):
            raise InputError(code="folder-not-empty", folder=str(into))
        report = build(into, with_saved(found), at, new_identity=choose_keeper(into) if new_tablet else None)
        if not new_tablet:
            _copy_files(folder, into)
        report.write(into)
        sync_folder(into)
        return report


def readable_lines(folder: Path) -> Iterator[bytes]:
    """The jobs, attempts and envelopes that can be had, as lines of a second copy. Raises: StoreError."""
    with storage_errors(folder):
        saved = with_saved(inspect(folder)).saved or Saved()
    for table in _TOLD:
        for row in saved.of(table).values():
            yield copy.line_of(table, row)


def kept_address(folder: Path) -> tuple[int | None, str | None]:
    """The port of the page and its launch token, as far as they can be had. Raises: StoreError."""
    with storage_errors(folder):
        kept = (with_saved(inspect(folder)).saved or Saved()).of("settings")
    port = str(kept.get(Setting.PORT.value, {}).get("value"))
    token = kept.get(Setting.LAUNCH_TOKEN.value, {}).get("value")
    return int(port) if port.isdecimal() else None, token


def _needed(found: Inspection) -> RescueNeeded:
    return RescueNeeded(found.trouble, code=found.code)


def _replace(found: Inspection, at: datetime, *, new_tablet: bool = False) -> RescueReport:
    reports: list[RescueReport] = []

    def write(fresh: Path) -> None:
        report = build(fresh, with_saved(found), at, new_identity=choose_keeper(fresh) if new_tablet else None)
        reports.append(report)
        report.write(fresh)

    old = replace_files(found.folder, at, write)
    return replace(reports[0], folder=old.name)


def with_saved(found: Inspection) -> Inspection:
    """What was found, with all that can be had. Raises: OSError."""
    is_healthy = found.database == "healthy"
    saved = found.saved or salvage(found.folder, is_healthy=is_healthy)
    if not is_healthy:
        carve(saved, found.folder, found.identity.signing_public if found.identity else None)
    return replace(found, saved=saved)


def _copy_files(folder: Path, into: Path) -> None:
    """The key of the identity, and the invocation counters: a number that was used must not be used again."""
    for name in (vault.FILE_NAME, vault.FRESH_NAME, COUNTERS_FILE, f"{COUNTERS_FILE}-journal"):
        if (folder / name).exists():
            shutil.copy(folder / name, into / name)
    _roll_back(into)
    if not _is_sound(into / COUNTERS_FILE):
        (into / COUNTERS_FILE).unlink()


def _is_sound(database: Path) -> bool:
    if not database.exists():
        return True
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))
    except SQL_ERRORS:
        return False


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Locks the folder of an agent; in one where no agent ever ran, nothing is made."""
    lock = None
    if (folder / LOCK_NAME).exists():
        with suppress(OSError):
            lock = FolderLock(folder)
    try:
        yield
    finally:
        if lock is not None:
            lock.release()
