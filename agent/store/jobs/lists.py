"""Jobs read back: one, those that need attention, and those that are over."""

import json
from typing import Any, cast

from sqlite_utils import Database

from agent.domain.activity import Activity
from agent.domain.attempt import AttemptState
from agent.domain.errors import InputError
from agent.domain.job import JobState, OutboxState
from agent.store.jobs import sql
from agent.store.jobs.records import JobRecord
from agent.store.moments import from_optional, from_text

_OPEN: dict[str, JobState] = {AttemptState.UNKNOWN: "unknown", AttemptState.UNDECIDED: "undecided"}

_NEWEST = ("~", "")
"""Sorts after every moment."""
_AFTER_ALL = 2**62
"""Above every sequence number."""


def get(db: Database, job_id: str) -> JobRecord:
    """One job. Raises: InputError `unknown-job`."""
    for row in db.query(sql.GET, [job_id]):
        return _record(row)
    raise InputError(f"no job {job_id}", code="unknown-job")


def pending(db: Database) -> list[JobRecord]:
    """Jobs that still need attention: interrupted, or settled and not received by SMM. Newest first."""
    return [_record(row) for row in db.query(sql.PENDING)]


def pending_page(db: Database, limit: int, after: str | None = None) -> list[JobRecord]:
    """A part of the pending jobs: those that need a person, then those that wait for SMM, newest first.

    `after` is the last job of the part before.

    Raises:
        InputError: `unknown-job`.
    """
    found: list[str] = []
    if after is None or db.execute(sql.NEEDS_ATTENTION, [after]).fetchone():
        found = _ids(db, sql.ATTENTION, *_place(db, after), limit)
        after = None
    if len(found) < limit:
        before = _AFTER_ALL if after is None else _last_sequence(db, after)
        found += _ids(db, sql.WAITING, before, limit - len(found))
    return _records(db, found)


def history(db: Database, limit: int, after: str | None = None) -> list[JobRecord]:
    """Jobs that are over: received by SMM, closed, dismissed, or of no interest to SMM. Newest first.

    `after` is the last job of the part before.

    Raises:
        InputError: `unknown-job`.
    """
    return _records(db, _ids(db, sql.HISTORY, *_place(db, after), limit))


def _ids(db: Database, statement: str, *values: str | int) -> list[str]:
    return [str(row[0]) for row in db.execute(statement, list(values))]


def _records(db: Database, ids: list[str]) -> list[JobRecord]:
    """In this order; without those that are damaged."""
    found = {row["id"]: _record(row) for row in db.query(sql.GET_ALL, [json.dumps(ids)])}
    return [found[job] for job in ids if job in found]


def _place(db: Database, job_id: str | None) -> tuple[str, str]:
    """Where a list by age goes on after this job."""
    if job_id is None:
        return _NEWEST
    row = db.execute(sql.CREATED_AT, [job_id]).fetchone()
    if row is None:
        raise InputError(f"no job {job_id}", code="unknown-job")
    return str(row[0]), job_id


def _last_sequence(db: Database, job_id: str) -> int:
    """0 for a job that was never sent: nothing comes after it."""
    return int(db.execute(sql.LAST_SEQUENCE, [job_id]).fetchone()[0] or 0)


def _record(row: dict[str, Any]) -> JobRecord:
    return JobRecord(
        id=row["id"],
        activity=Activity(row["activity"]),
        serial=row["serial"],
        user=row["username"],
        state=_state(row),
        created_at=from_text(row["created_at"]),
        started_at=from_optional(row["started_at"]),
        ended_at=from_optional(row["ended_at"]),
        result=None if row["result"] is None else json.loads(row["result"]),
        error_code=row["error_code"],
        error_params=json.loads(row["error_params"]),
        outbox=cast(OutboxState | None, row["outbox"]),
        refusal=row["refusal"],
        refusal_code=row["refusal_code"],
        refusal_reason=row["reason"],
        received_at=from_optional(row["receipt_at"]) if row["outbox"] == "received" else None,
        closed_at=from_optional(row["receipt_at"]) if row["outbox"] == "closed" else None,
        closed_by=row["closed_by"],
        closed_note=row["closed_note"],
        work_order=row["work_order"],
        request=json.loads(row["request"]),
        attempt=None if row["attempt"] is None else AttemptState(row["attempt"]),
        rows=row["rows"],
    )


def _state(row: dict[str, Any]) -> JobState:
    if row["state"] == "interrupted" and row["attempt"] in _OPEN:
        return _OPEN[row["attempt"]]
    return cast(JobState, row["state"])
