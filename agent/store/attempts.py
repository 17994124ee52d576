"""The journal of changes in meters: one attempt a job, each step on the disk before the next is taken."""

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
    """`evidence` is what the meter said before the change left; empty until then."""

    job: str
    serial: str
    state: AttemptState
    evidence: Evidence


def begin(db: Database, job: str, serial: str, at: datetime) -> None:
    """Notes the intent. It goes into the transaction that keeps the job."""
    db.execute(
        "INSERT INTO attempts (job, serial, state, evidence, changed_at) VALUES (?, ?, ?, '{}', ?)",
        [job, serial, AttemptState.INTENT.value, to_text(at)],
    )


def advance(db: Database, job: str, event: AttemptEvent, at: datetime, evidence: Evidence | None = None) -> None:
    """Takes one step of `domain/attempt.py`; with `evidence`, that is kept from now on.

    Raises:
        StoreError: there is no attempt of that job, or the event cannot happen to it.
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
    for row in db.query("SELECT * FROM attempts WHERE job = ?", [job]):
        return _attempt(row)
    return None


def open_at(db: Database, serial: str) -> Attempt | None:
    """What is not settled at that meter: nothing may be changed there before it is."""
    ended = ", ".join(f"'{state.value}'" for state in sorted(ENDED))
    for row in db.query(f"SELECT * FROM attempts WHERE serial = ? AND state NOT IN ({ended}) LIMIT 1", [serial]):
        return _attempt(row)
    return None


def undecided(db: Database) -> list[str]:
    """Jobs about which a person has to decide."""
    return [row["job"] for row in db.query("SELECT job FROM attempts WHERE state = ?", [AttemptState.UNDECIDED.value])]


def lose_running(db: Database, at: datetime) -> None:
    """At start-up: what had not left never will; of what had left, nobody knows."""
    for state, event in ((AttemptState.INTENT, AttemptEvent.DROPPED), (AttemptState.SENT, AttemptEvent.LOST)):
        for row in list(db.query("SELECT job FROM attempts WHERE state = ?", [state.value])):
            advance(db, row["job"], event, at)


def _attempt(row: Mapping[str, str]) -> Attempt:
    return Attempt(row["job"], row["serial"], AttemptState(row["state"]), json.loads(row["evidence"]))
