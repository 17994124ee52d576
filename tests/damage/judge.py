"""What of a damaged folder is intact, found out without the program: by a plain read of the database, row by row, and
of the second copy."""

import json
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from agent.store.counters import COUNTERS_FILE
from agent.store.database import FILE_NAME
from tests.damage.template import CHARGE, EVIDENCE, Template
from tests.faults import second_copy

_MOST_ROWS = 64


def intact_envelopes(folder: Path, template: Template) -> set[str]:
    """Keys of the envelopes that at least one file holds as they were signed."""
    found = [row["envelope"] for row in second_copy.rows(folder, "outbox").values()]
    found += _column(folder, "outbox", "envelope")
    return {key for key, envelope in template.envelopes.items() if envelope in map(_parsed, found)}


def has_evidence(folder: Path) -> bool:
    """Whether at least one file still tells that the charge was sent."""
    found = [row["evidence"] for job, row in second_copy.rows(folder, "attempts").items() if job == CHARGE]
    found += _column(folder, "attempts", "evidence")
    return dict(EVIDENCE) in map(_parsed, found)


def used_counters(folder: Path) -> int:
    """The first invocation counter that was certainly not given out yet; 0, if the file does not tell."""
    numbers = _column(folder, "counters", "reserved", COUNTERS_FILE)
    return max((number for number in numbers if isinstance(number, int)), default=0)


def _column(folder: Path, table: str, column: str, file: str = FILE_NAME) -> list[Any]:
    """Of each row that can be read, whatever became of the others."""
    with tempfile.TemporaryDirectory() as copy:
        for suffix in ("", "-wal", "-journal"):
            if (folder / (file + suffix)).exists():
                shutil.copyfile(folder / (file + suffix), Path(copy) / (file + suffix))
        if not (Path(copy) / file).exists():
            return []
        with closing(sqlite3.connect(Path(copy) / file)) as connection:
            return [value for number in range(_MOST_ROWS) for value in _cell(connection, table, column, number)]


def _cell(connection: sqlite3.Connection, table: str, column: str, rowid: int) -> list[Any]:
    try:
        query = f"SELECT {column} FROM {table} NOT INDEXED WHERE rowid = ?"
        return [row[0] for row in connection.execute(query, [rowid])]
    except (sqlite3.Error, UnicodeDecodeError, OverflowError):
        return []


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return None
