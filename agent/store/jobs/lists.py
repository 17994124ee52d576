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


def get(db: Database, job_id: str) -> JobRecord:
    """One job. Raises: InputError `unknown-job`."""
    for row in db.query(sql.GET, [job_id]):
        return _record(row)
    raise InputError(f"no job {job_id}", code="unknown-job")


def pending(db: Database) -> list[JobRecord]:
    """Jobs that still need attention: interrupted, or settled and not received by SMM. Newest first."""
    return [_record(row) for row in db.query(sql.PENDING)]


def history(db: Database, limit: int) -> list[JobRecord]:
    """Jobs that are over: received by SMM, dismissed, or of no interest to SMM. Newest first."""
    return [_record(row) for row in db.query(sql.HISTORY, [limit])]


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
        refusal_reason=row["reason"],
        received_at=from_optional(row["receipt_at"]) if row["outbox"] == "received" else None,
        work_order=row["work_order"],
        request=json.loads(row["request"]),
        attempt=None if row["attempt"] is None else AttemptState(row["attempt"]),
        rows=row["rows"],
    )


def _state(row: dict[str, Any]) -> JobState:
    if row["state"] == "interrupted" and row["attempt"] in _OPEN:
        return _OPEN[row["attempt"]]
    return cast(JobState, row["state"])
