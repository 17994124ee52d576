"""The journal of changes in meters: one attempt per job, each step on disk before the next is taken."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from agent.domain.attempt import ENDED, AttemptEvent, AttemptState, after
from agent.domain.errors import StoreError
from agent.store.moments import to_text

Evidence = Mapping[str, str | int | None]


@dataclass(frozen=True)
class Attempt:
    """`evidence` is what the meter said before the change was sent; empty until then."""

    job: str
    serial: str
    state: AttemptState
    evidence: Evidence


def begin(db: Database, job: str, serial: str, at: datetime) -> None:
    """Records the intent. Part of the transaction that keeps the job."""
    db.execute(
        "INSERT INTO attempts (job, serial, state, evidence, changed_at) VALUES (?, ?, ?, '{}', ?)",
        [job, serial, AttemptState.INTENT.value, to_text(at)],
    )


def advance(db: Database, job: str, event: AttemptEvent, at: datetime, evidence: Evidence | None = None) -> None:
    """Takes one step of the state table in `domain/attempt.py`; `evidence` replaces what was kept before.

    Raises:
        StoreError: the job has no attempt, or the event is not possible in its state.
    """
    attempt = find(db, job)
    if attempt is None:
        raise StoreError(f"job {job} has no attempt")
    kept = attempt.evidence if evidence is None else evidence
    db.execute(
        "UPDATE attempts SET state = ?, evidence = ?, changed_at = ? WHERE job = ?",
        [after(attempt.state, event).value, json.dumps(dict(kept), allow_nan=False), to_text(at), job],
    )


def find(db: Database, job: str) -> Attempt | None:
    """The attempt of a job; None if the job changes nothing in the meter."""
    for row in db.query("SELECT * FROM attempts WHERE job = ?", [job]):
        return _attempt(row)
    return None


def open_at(db: Database, serial: str) -> Attempt | None:
    """The attempt at that meter that is not settled, if any: until it is, nothing else may be changed there."""
    ended = ", ".join(f"'{state.value}'" for state in sorted(ENDED))
    for row in db.query(f"SELECT * FROM attempts WHERE serial = ? AND state NOT IN ({ended}) LIMIT 1", [serial]):
        return _attempt(row)
    return None


def undecided(db: Database) -> list[str]:
    """Jobs whose outcome a person has to decide."""
    return [row["job"] for row in db.query("SELECT job FROM attempts WHERE state = ?", [AttemptState.UNDECIDED.value])]


def lose_running(db: Database, at: datetime) -> None:
    """At start-up: a change that had not been sent never will be; what became of one that had is not known."""
    for state, event in ((AttemptState.INTENT, AttemptEvent.DROPPED), (AttemptState.SENT, AttemptEvent.LOST)):
        for row in list(db.query("SELECT job FROM attempts WHERE state = ?", [state.value])):
            advance(db, row["job"], event, at)


def _attempt(row: Mapping[str, str]) -> Attempt:
    return Attempt(row["job"], row["serial"], AttemptState(row["state"]), json.loads(row["evidence"]))
