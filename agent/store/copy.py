"""The second copy of what must not be lost: the tablet's identity, settled jobs, attempts and the outbox.

A file of lines beside the database, to which is only appended. Each line stands for itself: a digest, a space, and
`{"table": …, "row": …}` as JSON in ASCII. A damaged line loses one row; of several lines with the same key the last
one counts, column by column. Octet strings are `{"hex": …}`. Empty lines mean nothing.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from agent.store.vault import sync_folder

FILE_NAME = "eplus.copy"
KEYS = {"identity": "id", "jobs": "id", "attempts": "job", "outbox": "key"}
"""The tables that are copied, with the column that names a row."""

_OUTBOX_STATE = "key, state, refusal, reason, receipt_at, refusal_code, refused_at_revision, closed_by, closed_note"
_DIGEST_OCTETS = 8
_CHUNK = 1 << 18
_LINE = re.compile(rb"[^\n]+")

_WATCH = """
CREATE TEMP TABLE to_copy (number INTEGER PRIMARY KEY, name TEXT NOT NULL, columns TEXT NOT NULL, row_key NOT NULL);
CREATE TEMP TRIGGER copy_identity AFTER INSERT ON main.identity BEGIN
    INSERT INTO to_copy (name, columns, row_key) VALUES ('identity', '*', NEW.id); END;
CREATE TEMP TRIGGER copy_job AFTER UPDATE OF state ON main.jobs WHEN NEW.state NOT IN ('queued', 'running') BEGIN
    INSERT INTO to_copy (name, columns, row_key) VALUES ('jobs', '*', NEW.id); END;
CREATE TEMP TRIGGER copy_new_attempt AFTER INSERT ON main.attempts BEGIN
    INSERT INTO to_copy (name, columns, row_key) VALUES ('jobs', '*', NEW.job), ('attempts', '*', NEW.job); END;
CREATE TEMP TRIGGER copy_attempt AFTER UPDATE OF state ON main.attempts BEGIN
    INSERT INTO to_copy (name, columns, row_key) VALUES ('attempts', '*', NEW.job); END;
CREATE TEMP TRIGGER copy_envelope AFTER INSERT ON main.outbox BEGIN
    INSERT INTO to_copy (name, columns, row_key) VALUES ('outbox', '*', NEW.key); END;
CREATE TEMP TRIGGER copy_receipt AFTER UPDATE OF state ON main.outbox BEGIN
    INSERT INTO to_copy (name, columns, row_key) VALUES ('outbox', 'state', NEW.key); END
"""

Row = dict[str, Any]
Rows = dict[str, dict[str | int, Row]]
"""By table and key."""


@dataclass(frozen=True)
class CopiedRows:
    """What a copy holds: its intact rows, and how many lines are damaged."""

    rows: Rows
    damaged: int


class SecondCopy:
    """The file, open for appending. Not for several threads at once.

    It grows by whole chunks of empty lines, which are then written over: a sync of octets alone costs a fraction of
    one that has to keep a new length too.
    """

    def __init__(self, folder: Path) -> None:
        """Raises: OSError."""
        self._file = os.open(folder / FILE_NAME, os.O_RDWR | os.O_CREAT | _BINARY, 0o600)
        try:
            sync_folder(folder)
            self._size = os.fstat(self._file).st_size
            self._end = self._find_end()
        except BaseException:
            self.close()
            raise

    def append(self, lines: Iterable[bytes], *, durable: bool) -> None:
        """Adds lines; with `durable` they are on the disk when this returns. Raises: OSError."""
        content = b"".join(lines)
        self._make_room(len(content))
        self._write(self._end, content)
        self._end += len(content)
        if durable:
            _sync(self._file)

    def close(self) -> None:
        """Closes the file; again, it does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _make_room(self, octets: int) -> None:
        missing = self._end + octets - self._size
        if missing > 0:
            chunks = -(-missing // _CHUNK)
            self._write(self._size, b"\n" * (chunks * _CHUNK))
            os.fsync(self._file)
            self._size += chunks * _CHUNK

    def _write(self, place: int, content: bytes) -> None:
        os.lseek(self._file, place, os.SEEK_SET)
        written = 0
        while written < len(content):
            written += os.write(self._file, content[written:])

    def _find_end(self) -> int:
        """Where the last line ends."""
        place = self._size
        while place > 0:
            start = max(0, place - _CHUNK)
            os.lseek(self._file, start, os.SEEK_SET)
            if content := os.read(self._file, place - start).rstrip(b"\n"):
                return start + len(content) + 1
            place = start
        return 0


def read(folder: Path) -> CopiedRows:
    """What the copy in this folder holds; nothing, if there is none. Raises: OSError."""
    rows: Rows = {table: {} for table in KEYS}
    damaged = 0
    for text in texts(folder):
        parsed = None if text is None else parse(text)
        if parsed is None:
            damaged += 1
            continue
        table, row = parsed
        key = row[KEYS[table]]
        rows[table][key] = {**rows[table].get(key, {}), **row}
    return CopiedRows({table: _whole(table, found) for table, found in rows.items()}, damaged)


def texts(folder: Path) -> Iterator[bytes | None]:
    """The JSON of each line, oldest first; None for a line that is damaged. Raises: OSError."""
    try:
        content = (folder / FILE_NAME).read_bytes()
    except FileNotFoundError:
        return
    for line in _LINE.finditer(content):
        digest, _, text = line.group().partition(b" ")
        yield text if digest == _digest(text) else None


def renew(folder: Path, db: Database) -> None:
    """Writes the copy anew, with all that the database holds, in place of the former one. Raises: OSError."""
    fresh = folder / f"{FILE_NAME}.new"
    try:
        with fresh.open("wb") as file:
            for table in KEYS:
                file.writelines(line_of(table, row) for row in db.query(f"SELECT * FROM main.{table}"))
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    fresh.replace(folder / FILE_NAME)
    sync_folder(folder)


def watch(db: Database) -> None:
    """From now on, the writing connection notes which rows its transactions have to be copied. Raises: sqlite3.Error"""
    db.conn.executescript(_WATCH)


def noted(db: Database) -> tuple[list[bytes], bool]:
    """The lines of the rows that are noted, and whether they must be durable: receipts alone need not be."""
    lines, durable = [], False
    for table, columns, key in db.execute("SELECT name, columns, row_key FROM to_copy ORDER BY number").fetchall():
        wanted = _OUTBOX_STATE if columns == "state" else "*"
        row = next(db.query(f"SELECT {wanted} FROM main.{table} WHERE {KEYS[table]} = ?", [key]), None)
        if row is not None:
            lines.append(line_of(table, row))
            durable |= columns == "*"
    return lines, durable


def catch_up(db: Database, second: SecondCopy) -> bool:
    """Copies the rows that are noted, and returns whether there were any that had to be durable.

    Raises:
        OSError: they stay noted.
    """
    lines, durable = noted(db)
    if lines:
        second.append(lines, durable=durable)
        db.execute("DELETE FROM to_copy")
    return durable


def line_of(table: str, row: Mapping[str, Any]) -> bytes:
    """A row as a line of the copy. It ends the line before it too, which may be torn or have lost its end."""
    content = {name: {"hex": value.hex()} if isinstance(value, bytes) else value for name, value in row.items()}
    text = json.dumps({"table": table, "row": content}, separators=(",", ":")).encode()
    return b"\n" + _digest(text) + b" " + text + b"\n"


def parse(text: bytes) -> tuple[str, Row] | None:
    """The table and the row that a line's JSON stands for; None for a table that this program does not copy."""
    record = json.loads(text)
    row = {
        name: bytes.fromhex(value["hex"]) if isinstance(value, dict) else value for name, value in record["row"].items()
    }
    return (record["table"], row) if record["table"] in KEYS else None


def _whole(table: str, found: dict[str | int, Row]) -> dict[str | int, Row]:
    """Without the rows of which only a later change is left."""
    needed = "envelope" if table == "outbox" else KEYS[table]
    return {key: row for key, row in found.items() if needed in row}


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=_DIGEST_OCTETS).hexdigest().encode()


_BINARY: int = getattr(os, "O_BINARY", 0)
_sync: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)
