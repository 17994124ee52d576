"""Parcels of other tablets, imported here, on their way to SMM.

An imported file is put into a folder beside the database first, since the agent, which alone may write there, is
perhaps running; it takes the file into its database before the next SYNC.
"""

import contextlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from agent.domain.errors import InputError
from agent.domain.parcel import SUFFIX, Parcel, read_parcel
from agent.store.errors import storage_errors
from agent.store.migrations import version_of
from agent.store.moments import to_text
from agent.store.packing import WITH_PARCELS, reading, save

FOLDER = "imported"
_DAMAGED = ".damaged"

_KEEP = """
INSERT INTO parcels (id, device, count, content, state, imported_at) VALUES (?, ?, ?, ?, 'waiting', ?)
ON CONFLICT (id) DO NOTHING
"""
"""Keeps a parcel, unless it is here already."""

_RECEIVED = "UPDATE parcels SET state = 'received', content = x'', receipt_at = ? WHERE id = ? AND state = 'waiting'"
"""Closes a parcel that SMM has taken; its content need not be kept any longer."""

_REFUSED = "UPDATE parcels SET state = 'refused', refusal_code = ?, receipt_at = ? WHERE id = ? AND state = 'waiting'"
"""Marks a parcel that SMM can never take."""


def put(folder: Path, parcel: Parcel) -> bool:
    """Puts a parcel beside the store in this folder; False if it is here already, sent or not.

    Raises:
        StorageFull, StoreError: nothing is there then.
    """
    with reading(folder) as db:
        is_known = version_of(db) >= WITH_PARCELS and _is_kept(db, parcel.head.id)
    path = folder / FOLDER / f"{parcel.head.id}{SUFFIX}"
    if is_known or path.exists():
        return False
    save([parcel], path)
    return True


def put_here(folder: Path) -> list[Path]:
    """The files beside the store that it has not taken in yet. Raises: StoreError."""
    with storage_errors(folder):
        return sorted((folder / FOLDER).glob(f"*{SUFFIX}"))


def take_in(db: Database, files: Iterable[Path], at: datetime) -> None:
    """Keeps what is in the files; when that is committed, `take_away` removes them. Raises: OSError."""
    for file in files:
        with contextlib.suppress(InputError):
            head = (parcel := read_parcel(file.read_bytes())).head
            db.execute(_KEEP, [head.id, head.device, head.count, parcel.content, to_text(at)])


def take_away(db: Database, files: Iterable[Path]) -> None:
    """Removes the files that were taken in, and puts damaged ones aside. Raises: OSError."""
    for file in files:
        if _is_kept(db, file.stem):
            file.unlink()
        else:
            file.replace(file.with_suffix(_DAMAGED))


def unsent(db: Database) -> list[str]:
    """The ids of the parcels that SMM has not answered for, oldest first."""
    return [name for (name,) in db.execute("SELECT id FROM parcels WHERE state = 'waiting' ORDER BY imported_at, id")]


def content_of(db: Database, parcel: str) -> bytes:
    """The file of a parcel."""
    (content,) = db.execute("SELECT content FROM parcels WHERE id = ?", [parcel]).fetchone()
    return bytes(content)


def receive(db: Database, parcel: str, at: datetime) -> None:
    """SMM has it."""
    db.execute(_RECEIVED, [to_text(at), parcel])


def refuse(db: Database, parcel: str, code: str, at: datetime) -> None:
    """SMM can never take it; it stays here."""
    db.execute(_REFUSED, [code, to_text(at), parcel])


def _is_kept(db: Database, parcel: str) -> bool:
    return db.execute("SELECT 1 FROM parcels WHERE id = ?", [parcel]).fetchone() is not None
