"""The second copy held against the database, quickly: its lines are looked at, and not taken apart."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from agent.store import copy
from agent.store.rescue.versions import ENDED_JOBS, rank

_HEAD = re.compile(rb'\{"table":"(\w+)","row":\{"\w+":(?:"([^"\\]*)"|(\d+))[,}]')
_STATE = re.compile(rb',"state":"([a-z-]+)"')
"""A quote within a text has a backslash before it: this is the column."""

States = Mapping[str, Mapping[str, str]]
"""By table and key; empty where a row has no state."""

_COPIED = {
    "identity": "SELECT CAST(id AS TEXT), '' FROM main.identity",
    "jobs": "SELECT id, state FROM main.jobs",
    "attempts": "SELECT job, state FROM main.attempts",
    "outbox": "SELECT key, state FROM main.outbox",
}
_MUST_BE_COPIED = {
    "jobs": "SELECT id FROM main.jobs WHERE state IN ('done', 'failed') OR id IN (SELECT job FROM main.attempts)"
}


@dataclass(frozen=True)
class Scan:
    """What the copy says of each row last, and its identity; how many lines there are, how many of them damaged."""

    states: States
    identity: Mapping[str, Any] | None
    lines: int
    damaged: int


@dataclass(frozen=True)
class Difference:
    """`is_database_behind`: the copy has rows, or later states of them, that the database lacks."""

    is_database_behind: bool
    is_copy_behind: bool


def scan(folder: Path) -> Scan:
    """Looks at the copy in this folder. Raises: OSError."""
    states: dict[str, dict[str, str]] = {table: {} for table in copy.KEYS}
    identity: bytes | None = None
    lines = damaged = 0
    for text in copy.texts(folder):
        lines += 1
        head = _HEAD.match(text or b"")
        if text is None or head is None:
            damaged += 1
            continue
        table, key = head[1].decode(), (head[2] or head[3]).decode()
        is_whole = table != "outbox" or b',"envelope":' in text
        if table in states and (is_whole or key in states[table]):
            state = _STATE.search(text)
            states[table][key] = state[1].decode() if state else ""
            identity = text if table == "identity" else identity
    parsed = copy.parse(identity) if identity else None
    return Scan(states, parsed[1] if parsed else None, lines, damaged)


def compare(db: Database, copied: Scan) -> Difference:
    """Holds a healthy database against the copy. Raises: sqlite3.Error."""
    behind, copy_behind = False, copied.damaged > 0
    tables = {row[0] for row in db.execute("SELECT name FROM main.sqlite_master")}
    for table, statement in _COPIED.items():
        here = dict(db.execute(statement).fetchall()) if table in tables else {}
        there = copied.states[table]
        behind = behind or any(_is_news(table, state, here.get(key)) for key, state in there.items())
        needed = set(here)
        if table in _MUST_BE_COPIED and "attempts" in tables:
            needed = {key for (key,) in db.execute(_MUST_BE_COPIED[table])}
        copy_behind = copy_behind or any(_lacks(table, there.get(key), here[key]) for key in needed)
    return Difference(behind, copy_behind)


def _is_news(table: str, there: str, here: str | None) -> bool:
    """An envelope that waits once more is no older than one that was received: the database is right."""
    if here is None:
        return True
    if table == "jobs":
        return there in ENDED_JOBS and here not in ENDED_JOBS
    return table == "attempts" and rank(table, there) > rank(table, here)


def _lacks(table: str, there: str | None, here: str) -> bool:
    if table == "jobs":
        return there is None or (here in ENDED_JOBS and there != here)
    return there != here
