"""Jobs and their outcomes. A job ends in one transaction: state, result and outbox row, or none of them."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from sqlite_utils import Database

from agent.domain.activity import Activity
from agent.domain.errors import InputError, StoreError
from agent.store import outbox
from agent.store.moments import from_optional, from_text, to_text

JobState = Literal["queued", "running", "done", "failed", "interrupted"]
ErrorParams = dict[str, str | int]


@dataclass(frozen=True)
class NewJob:
    id: str
    activity: Activity
    serial: str
    user: str
    created_at: datetime


@dataclass(frozen=True)
class Settlement:
    """How a job ended.

    `build_envelope` gets the device's next sequence number and returns the signed envelope as plain JSON,
    with its `key`; it runs inside the transaction, so it must be quick. None where SMM is not told.
    """

    state: Literal["done", "failed"]
    ended_at: datetime
    result: dict[str, Any] | None = None
    error_code: str | None = None
    error_params: ErrorParams = field(default_factory=dict)
    build_envelope: Callable[[int], dict[str, Any]] | None = None


@dataclass(frozen=True)
class JobRecord:
    """`outbox` is None until the job is settled (or where SMM is not told); `refusal` says why SMM did not
    take it: `smm-conflict` or `smm-rejected`, with SMM's own `refusal_reason`."""

    id: str
    activity: Activity
    serial: str
    user: str
    state: JobState
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    result: dict[str, Any] | None
    error_code: str | None
    error_params: ErrorParams
    outbox: outbox.OutboxState | None
    refusal: str | None
    refusal_reason: str | None
    received_at: datetime | None


# ── the life of a job ────────────────────────────────────────────────────────────────────────────


def create(db: Database, job: NewJob) -> None:
    """Keeps a new job as queued."""
    db.execute(
        "INSERT INTO jobs (id, activity, serial, username, state, created_at) VALUES (?, ?, ?, ?, 'queued', ?)",
        (job.id, job.activity.value, job.serial, job.user, to_text(job.created_at)),
    )


def start(db: Database, job_id: str, at: datetime) -> None:
    """Marks a queued job as running.

    Raises:
        InputError: `unknown-job`.
        StoreError: it is not queued.
    """
    _advance(
        db, job_id, "UPDATE jobs SET state = 'running', started_at = ? WHERE id = ? AND state = 'queued'", [to_text(at)]
    )


def settle(db: Database, job_id: str, settlement: Settlement) -> None:
    """Ends a job: its state, its result, the next sequence number, and the outbox row.

    Raises:
        InputError: `unknown-job`.
        StoreError: the job has already ended.
    """
    _advance(
        db,
        job_id,
        "UPDATE jobs SET state = ?, ended_at = ?, result = ?, error_code = ?, error_params = ?"
        " WHERE id = ? AND state IN ('queued', 'running')",
        [
            settlement.state,
            to_text(settlement.ended_at),
            None if settlement.result is None else _json(settlement.result),
            settlement.error_code,
            _json(settlement.error_params),
        ],
    )
    if settlement.build_envelope is not None:
        outbox.add(db, job_id, settlement.build_envelope)


def interrupt_running(db: Database, at: datetime) -> int:
    """At start-up: jobs that a former run of the program left queued or running. Returns how many."""
    cursor = db.execute(
        "UPDATE jobs SET state = 'interrupted', ended_at = ?, error_code = 'job-interrupted'"
        " WHERE state IN ('queued', 'running')",
        [to_text(at)],
    )
    return cursor.rowcount


def dismiss(db: Database, job_id: str, at: datetime) -> None:
    """Takes an interrupted job out of the pending ones.

    Raises:
        InputError: `unknown-job`.
        StoreError: it is not interrupted.
    """
    _advance(db, job_id, "UPDATE jobs SET dismissed_at = ? WHERE id = ? AND state = 'interrupted'", [to_text(at)])


def _advance(db: Database, job_id: str, update: str, values: list[str | None]) -> None:
    if db.execute(update, [*values, job_id]).rowcount == 1:
        return
    row = db.execute("SELECT state FROM jobs WHERE id = ?", [job_id]).fetchone()
    if row is None:
        raise InputError(f"no job {job_id}", code="unknown-job")
    raise StoreError(f"job {job_id} is already {row[0]}")


# ── what is asked of them ────────────────────────────────────────────────────────────────────────

_RECORD = (
    "SELECT jobs.*, outbox.state AS outbox, outbox.refusal, outbox.reason, outbox.receipt_at"
    " FROM jobs LEFT JOIN outbox ON outbox.job = jobs.id"
)
_NEWEST_FIRST = " ORDER BY jobs.created_at DESC, jobs.rowid DESC"
_PENDING = "((jobs.state = 'interrupted' AND dismissed_at IS NULL) OR outbox.state IN ('waiting', 'refused'))"


def get(db: Database, job_id: str) -> JobRecord:
    """Raises: InputError `unknown-job`."""
    for record in _records(db, _RECORD + " WHERE jobs.id = ?", [job_id]):
        return record
    raise InputError(f"no job {job_id}", code="unknown-job")


def pending(db: Database) -> list[JobRecord]:
    """Jobs that somebody still has to do something about: interrupted, or settled and not received by SMM."""
    return list(_records(db, f"{_RECORD} WHERE {_PENDING}{_NEWEST_FIRST}"))


def history(db: Database, limit: int) -> list[JobRecord]:
    """Jobs that are over: received by SMM, dismissed, or of no interest to SMM. Newest first."""
    ended = "jobs.state NOT IN ('queued', 'running')"
    return list(_records(db, f"{_RECORD} WHERE {ended} AND {_PENDING} IS NOT TRUE{_NEWEST_FIRST} LIMIT ?", [limit]))


def _records(db: Database, query: str, values: list[Any] | None = None) -> Iterable[JobRecord]:
    return (_record(row) for row in db.query(query, values or []))


def _record(row: dict[str, Any]) -> JobRecord:
    return JobRecord(
        id=row["id"],
        activity=Activity(row["activity"]),
        serial=row["serial"],
        user=row["username"],
        state=cast(JobState, row["state"]),
        created_at=from_text(row["created_at"]),
        started_at=from_optional(row["started_at"]),
        ended_at=from_optional(row["ended_at"]),
        result=None if row["result"] is None else json.loads(row["result"]),
        error_code=row["error_code"],
        error_params=json.loads(row["error_params"]),
        outbox=cast(outbox.OutboxState | None, row["outbox"]),
        refusal=row["refusal"],
        refusal_reason=row["reason"],
        received_at=from_optional(row["receipt_at"]) if row["outbox"] == "received" else None,
    )


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False)
