"""What becomes of a tablet's folder when it falls, when its flash memory ages, or when somebody puts files back."""

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from agent.store.counters import COUNTERS_FILE
from agent.store.database import FILE_NAME
from agent.store.vault import FILE_NAME as VAULT
from tests.damage.template import Template
from tests.faults.second_copy import FILE_NAME as COPY
from tests.faults.second_copy import IS_KEPT

WAL = f"{FILE_NAME}-wal"
SHARED = f"{FILE_NAME}-shm"
FILES = (FILE_NAME, WAL, *((COPY,) if IS_KEPT else ()), VAULT, COUNTERS_FILE)
VARIANTS = ("closed", "killed", "running")
SECTOR = 512
FLIPPED = 64

Hit = Callable[[Path, random.Random], None]
"""Damages one file."""


@dataclass(frozen=True)
class Damage:
    """`do` damages a folder; `while_running`: the program may be running meanwhile."""

    name: str
    do: Callable[[Path, random.Random, Template], None]
    while_running: bool = False
    variants: tuple[str, ...] = ("closed", "killed")


def flip(file: Path, chance: random.Random) -> None:
    """64 octets become others."""
    content = bytearray(file.read_bytes())
    for _ in range(FLIPPED if content else 0):
        content[chance.randrange(len(content))] ^= chance.randint(1, 255)
    _overwrite(file, content)


def zero_sector(file: Path, chance: random.Random) -> None:
    """A whole sector is gone."""
    content = bytearray(file.read_bytes())
    start = chance.randrange(max(1, -(-len(content) // SECTOR))) * SECTOR
    end = min(start + SECTOR, len(content))
    content[start:end] = bytes(end - start)
    _overwrite(file, content)


def truncate(file: Path, chance: random.Random) -> None:
    """It ends early."""
    with file.open("r+b") as opened:
        opened.truncate(chance.randrange(max(1, file.stat().st_size)))


def empty(file: Path, _chance: random.Random) -> None:
    """Its name is all that is left."""
    with file.open("r+b") as opened:
        opened.truncate(0)


def destroy_header(file: Path, chance: random.Random) -> None:
    """The first page of the database is noise."""
    _overwrite(file, chance.randbytes(4096) + file.read_bytes()[4096:])


def lose(file: Path, _chance: random.Random) -> None:
    """It is gone."""
    file.unlink()


HITS: Mapping[str, Hit] = {"flip": flip, "zero": zero_sector, "truncate": truncate, "empty": empty}
LOST_TOGETHER = (
    (FILE_NAME, WAL),
    (COPY, WAL),
    (COPY, VAULT),
    (COPY, COUNTERS_FILE),
    (FILE_NAME, WAL, COUNTERS_FILE),
    (FILE_NAME, WAL, VAULT),
    (FILE_NAME, WAL, COPY),
)
"""Never all of them: then nothing is left that could tell a tablet from a new one."""


def all_damages() -> list[Damage]:
    """Every kind, at every file."""
    return list(_damages())


def _damages() -> Iterator[Damage]:
    for name, hit in HITS.items():
        for file in FILES:
            yield Damage(f"{name} {file}", _at(file, hit), while_running=True)
    for file in FILES:
        yield Damage(f"lose {file}", _at(file, lose))
    for files in LOST_TOGETHER:
        yield Damage("lose " + " + ".join(files), _lose_all(files))
    yield Damage("destroy the header", _at(FILE_NAME, destroy_header))
    yield Damage("garbage in shared memory", _garbage_shared)
    yield Damage("database of another tablet", _from("other", FILE_NAME))
    yield Damage("older database", _from("older", FILE_NAME))
    yield Damage("older database with the newer log", _from("older", FILE_NAME, with_log=True), variants=("killed",))
    if IS_KEPT:
        yield Damage("copy of another tablet", _from("other", COPY))
        yield Damage("older copy", _from("older", COPY))
    yield Damage("vault of another tablet", _from("other", VAULT))
    yield Damage("change an envelope", _change("outbox", "envelope", "state = 'waiting'"), while_running=True)
    yield Damage("cut an envelope", _cut_envelope, while_running=True)
    yield Damage("change a job", _change("jobs", "result", "result IS NOT NULL"), while_running=True)
    yield Damage("change an attempt", _change("attempts", "evidence", "1"), while_running=True)


def _at(file: str, hit: Hit) -> Callable[[Path, random.Random, Template], None]:
    def do(folder: Path, chance: random.Random, _template: Template) -> None:
        if (folder / file).exists():
            hit(folder / file, chance)

    return do


def _lose_all(files: tuple[str, ...]) -> Callable[[Path, random.Random, Template], None]:
    def do(folder: Path, _chance: random.Random, _template: Template) -> None:
        for file in files:
            (folder / file).unlink(missing_ok=True)

    return do


def _from(source: str, file: str, with_log: bool = False) -> Callable[[Path, random.Random, Template], None]:
    def do(folder: Path, _chance: random.Random, template: Template) -> None:
        shutil.copyfile(getattr(template, source) / file, folder / file)
        if file == FILE_NAME and not with_log:
            (folder / WAL).unlink(missing_ok=True)
            (folder / SHARED).unlink(missing_ok=True)

    return do


def _garbage_shared(folder: Path, chance: random.Random, _template: Template) -> None:
    (folder / SHARED).write_bytes(chance.randbytes(32768))


def _change(table: str, column: str, where: str) -> Callable[[Path, random.Random, Template], None]:
    def do(folder: Path, chance: random.Random, _template: Template) -> None:
        with closing(sqlite3.connect(folder / FILE_NAME, timeout=10)) as connection, connection:
            rows = connection.execute(f"SELECT rowid, {column} FROM {table} WHERE {where}").fetchall()
            row, text = chance.choice(rows)
            place = chance.randrange(len(text))
            changed = text[:place] + chance.choice('x"0{\\é') + text[place + 1 :]
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", [changed, row])

    return do


def _cut_envelope(folder: Path, chance: random.Random, _template: Template) -> None:
    with closing(sqlite3.connect(folder / FILE_NAME, timeout=10)) as connection, connection:
        keys = connection.execute("SELECT key FROM outbox WHERE state = 'waiting'").fetchall()
        half = "UPDATE outbox SET envelope = substr(envelope, 1, length(envelope) / 2) WHERE key = ?"
        connection.execute(half, chance.choice(keys))


def _overwrite(file: Path, content: bytes | bytearray) -> None:
    """In place: whoever has it open sees it."""
    with file.open("r+b") as opened:
        opened.write(content)
