"""What waits on a tablet, packed into parcels and written to files. It needs neither login nor the tablet's own keys:
the folder may be that of a broken tablet."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from sqlite_utils import Database

from agent.domain.errors import InputError, StoreError
from agent.domain.exchange import MAX_RANGES, Absence, ExecutionBatch, ParcelHead
from agent.domain.parcel import SUFFIX, Parcel, bodies, seal_parcel
from agent.store import settings
from agent.store.database import FILE_NAME
from agent.store.errors import storage_errors
from agent.store.migrations import version_of
from agent.store.settings import Setting
from agent.store.store import read_only
from agent.store.vault import sync_folder

WITH_PARCELS = 5
"""From this version on, the file knows parcels, and what will never be sent."""
_NO_DIGEST = "0" * 64

_NOT_RECEIVED = "FROM outbox WHERE state IN ('waiting', 'refused')"

_ENVELOPES = f"SELECT envelope {_NOT_RECEIVED} ORDER BY sequence"
"""What SMM has not received, oldest first."""

_MAKERS = f"SELECT json_extract(envelope, '$.device') {_NOT_RECEIVED} GROUP BY 1 ORDER BY max(sequence) DESC"
"""The tablets that made it, the last one first."""

_LAST = "SELECT value FROM counters WHERE name = 'sequence'"
"""The sequence number that was taken last."""

_ABSENT = """
SELECT sequence, 'closed' AS cause, coalesce(closed_by || ': ', '') || coalesce(closed_note, '') AS note
FROM outbox WHERE state = 'closed'
UNION ALL
SELECT sequence, 'damaged', '' FROM set_aside
WHERE sequence IS NOT NULL AND sequence NOT IN (SELECT sequence FROM outbox)
ORDER BY sequence DESC LIMIT ?
"""
"""Sequence numbers that will never be sent: closed by a person, or damaged; the last ones."""


@contextmanager
def reading(folder: Path) -> Iterator[Database]:
    """Reads a store where nothing is made: that of a running agent, of one that was killed, or of a disk that cannot be
    written to.

    Raises:
        StoreError: there is no store, or it cannot be read.
    """
    if _can_be_read(folder):
        with read_only(folder) as db:
            yield db
        return
    with _copied(folder) as spare, read_only(spare) as db:
        yield db


def pack(db: Database, at: datetime) -> list[Parcel]:
    """All that SMM has not received, sealed to SMM: one parcel as a rule, more if it is very much, none for nothing.

    Raises:
        InputError: `parcel-no-key`.
    """
    makers = [name for (name,) in db.execute(_MAKERS)]
    if not makers:
        return []
    key = settings.get(db, Setting.SMM_PARCEL_KEY)
    if key is None:
        raise InputError(code="parcel-no-key")
    facts = _facts(db) if len(makers) == 1 else ExecutionBatch(envelopes=[])
    envelopes = (str(row[0]).encode() for row in db.execute(_ENVELOPES))
    return [
        seal_parcel(
            ParcelHead(id=str(uuid4()), device=makers[0], created_at=at, count=count, digest=_NO_DIGEST),
            body,
            bytes.fromhex(key),
        )
        for count, body in bodies(facts.model_dump_json(exclude_none=True).encode(), envelopes)
    ]


def save(parcels: Sequence[Parcel], to: Path) -> list[Path]:
    """Writes each parcel to a file that is on the disk when this returns. `to` is the file, if it ends as such a file
    does; else the folder, where they get a name with tablet and date.

    Raises:
        StorageFull, StoreError: it could not be written.
    """
    return [_write(parcel.content, _path(parcel, to, number)) for number, parcel in enumerate(parcels)]


def _facts(db: Database) -> ExecutionBatch:
    """Of the tablet as a whole."""
    if version_of(db) < WITH_PARCELS:
        return ExecutionBatch(envelopes=[])
    (last,) = db.execute(_LAST).fetchone()
    absences = [
        Absence(first=number, last=number, cause=cause, note=note[:300].replace("\0", ""))
        for number, cause, note in db.execute(_ABSENT, [MAX_RANGES])
    ]
    return ExecutionBatch(envelopes=[], last_sequence=last, absences=tuple(reversed(absences)))


def _can_be_read(folder: Path) -> bool:
    try:
        with read_only(folder) as db:
            db.execute("SELECT count(*) FROM outbox").fetchone()
    except StoreError:
        return False
    return True


@contextmanager
def _copied(folder: Path) -> Iterator[Path]:
    with ExitStack() as stack:
        with storage_errors(folder):
            spare = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            for name in (FILE_NAME, f"{FILE_NAME}-wal"):
                if (folder / name).exists():
                    shutil.copyfile(folder / name, spare / name)
        yield spare


def _path(parcel: Parcel, to: Path, number: int) -> Path:
    ending = f"-{number + 1}" if number else ""
    if to.suffix == SUFFIX:
        return to.with_stem(f"{to.stem}{ending}")
    moment = parcel.head.created_at.astimezone()
    return to / f"{parcel.head.device}_{moment:%Y%m%dT%H%M%S}{ending}{SUFFIX}"


def _write(content: bytes, path: Path) -> Path:
    with storage_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.new")
        try:
            with fresh.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    return path
