"""Jobs and their outcomes. A job ends in one transaction: state, result and outbox row, or none of them."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from sqlite_utils import Database

from agent.domain.activity import Activity
from agent.domain.attempt import ENDED, AttemptEvent, AttemptState
from agent.domain.errors import InputError, StoreError
from agent.domain.job import JobState, OutboxState
from agent.store import attempts, outbox
from agent.store.moments import from_optional, from_text, to_text

ErrorParams = dict[str, str | int]


@dataclass(frozen=True)
class NewJob:
    """`request` is what was asked for beyond activity and meter, as plain JSON."""

    id: str
    activity: Activity
    serial: str
    user: str
    created_at: datetime
    work_order: int | None = None
    request: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Settlement:
    """How a job ended.

    `build_envelope` gets the device's next sequence number and returns the signed envelope as plain JSON,
    with its `key`; it runs inside the transaction, so it must be quick. None where SMM is not told.
    `closes_order`: the work order needs no further attempt.
    """

    state: Literal["done", "failed"]
    ended_at: datetime
    result: dict[str, Any] | None = None
    error_code: str | None = None
    error_params: ErrorParams = field(default_factory=dict)
    build_envelope: Callable[[int], dict[str, Any]] | None = None
    attempt: AttemptEvent | None = None
    closes_order: bool = False


@dataclass(frozen=True)
class JobRecord:
    """`unknown` and `undecided` are interrupted jobs whose attempt to change something is not settled.

    `outbox` is None until the job is settled (or where SMM is not told); of several envelopes it is that of the one
    that SMM refused, else of one that waits. `refusal` says why SMM did not take it: `smm-conflict` or
    `smm-rejected`, with SMM's own `refusal_reason`. `rows` is how many a load profile has brought; None for others.
    """

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
    outbox: OutboxState | None
    refusal: str | None
    refusal_reason: str | None
    received_at: datetime | None
    work_order: int | None
    request: dict[str, Any]
    attempt: AttemptState | None
    rows: int | None = None


# ── the life of a job ────────────────────────────────────────────────────────────────────────────


def create(db: Database, job: NewJob) -> None:
    """Keeps a new job as queued."""
    db.execute(
        "INSERT INTO jobs (id, activity, serial, username, state, created_at, work_order, request)"
        " VALUES (?, ?, ?, ?, 'queued', ?, ?, ?)",
        (
            job.id,
            job.activity.value,
            job.serial,
            job.user,
            to_text(job.created_at),
            job.work_order,
            _json(dict(job.request)),
        ),
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
        " WHERE id = ? AND state IN ('queued', 'running', 'interrupted')",
        [
            settlement.state,
            to_text(settlement.ended_at),
            None if settlement.result is None else _json(settlement.result),
            settlement.error_code,
            _json(settlement.error_params),
        ],
    )
    if settlement.attempt is not None:
        attempts.advance(db, job_id, settlement.attempt, settlement.ended_at)
    if settlement.closes_order:
        db.execute("UPDATE orders SET done = 1 WHERE id = (SELECT work_order FROM jobs WHERE id = ?)", [job_id])
    if settlement.build_envelope is not None:
        outbox.add(db, job_id, settlement.build_envelope)


def interrupt(
    db: Database,
    job_id: str,
    at: datetime,
    code: str,
    attempt: AttemptEvent | None = None,
    params: ErrorParams | None = None,
) -> None:
    """Leaves a running job for somebody to go on with; with `attempt`, its outcome is not known.

    Raises:
        InputError: `unknown-job`.
        StoreError: it does not run.
    """
    _advance(
        db,
        job_id,
        "UPDATE jobs SET state = 'interrupted', ended_at = ?, error_code = ?, error_params = ?"
        " WHERE id = ? AND state = 'running'",
        [to_text(at), code, _json(params or {})],
    )
    if attempt is not None:
        attempts.advance(db, job_id, attempt, at)


def leave_undecided(db: Database, job_id: str, at: datetime, build_envelope: Callable[[int], dict[str, Any]]) -> None:
    """The meter cannot tell whether the change was made: SMM is told, and a person decides."""
    attempts.advance(db, job_id, AttemptEvent.UNDECIDABLE, at)
    _advance(db, job_id, "UPDATE jobs SET error_code = 'outcome-undecided' WHERE id = ? AND state = 'interrupted'", [])
    db.execute("UPDATE orders SET done = 1 WHERE id = (SELECT work_order FROM jobs WHERE id = ?)", [job_id])
    outbox.add(db, job_id, build_envelope)


def decide(db: Database, job_id: str, at: datetime, *, applied: bool) -> None:
    """What a person decided in SMM about a job that waits for it; whatever else has become of it stays.

    Raises:
        InputError: `unknown-job`.
    """
    attempt = attempts.find(db, job_id)
    if attempt is None or attempt.state is not AttemptState.UNDECIDED:
        return
    attempts.advance(db, job_id, AttemptEvent.SETTLED_APPLIED if applied else AttemptEvent.SETTLED_ABSENT, at)
    ended = ("done", "decided-applied") if applied else ("failed", "decided-not-applied")
    _advance(db, job_id, "UPDATE jobs SET state = ?, error_code = ? WHERE id = ? AND state = 'interrupted'", [*ended])


def interrupt_running(db: Database, at: datetime) -> int:
    """At start-up: jobs that a former run of the program left queued or running. Returns how many."""
    cursor = db.execute(
        "UPDATE jobs SET state = 'interrupted', ended_at = ?, error_code = 'job-interrupted'"
        " WHERE state IN ('queued', 'running')",
        [to_text(at)],
    )
    attempts.lose_running(db, at)
    return cursor.rowcount


def resume(db: Database, job_id: str, at: datetime) -> None:
    """Marks an interrupted job as running again.

    Raises:
        InputError: `unknown-job`.
        StoreError: it is not interrupted.
    """
    update = (
        "UPDATE jobs SET state = 'running', started_at = coalesce(started_at, ?), ended_at = NULL, dismissed_at = NULL,"
        " error_code = NULL, error_params = '{}' WHERE id = ? AND state = 'interrupted'"
    )
    _advance(db, job_id, update, [to_text(at)])


def dismiss(db: Database, job_id: str, at: datetime) -> None:
    """Takes an interrupted job out of the pending ones.

    Raises:
        InputError: `unknown-job`; `outcome-unknown`, if it may have changed something.
        StoreError: it is not interrupted.
    """
    attempt = attempts.find(db, job_id)
    if attempt is not None and attempt.state not in ENDED:
        raise InputError(code="outcome-unknown")
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
    "SELECT jobs.*, outbox.state AS outbox, outbox.refusal, outbox.reason, outbox.receipt_at,"
    " attempts.state AS attempt, load_profiles.rows"
    " FROM jobs LEFT JOIN outbox ON outbox.key = (SELECT key FROM outbox AS one WHERE one.job = jobs.id"
    " ORDER BY state = 'received', state = 'waiting', receipt_at DESC LIMIT 1)"
    " LEFT JOIN attempts ON attempts.job = jobs.id LEFT JOIN load_profiles ON load_profiles.job = jobs.id"
)
_OPEN: dict[str, JobState] = {AttemptState.UNKNOWN: "unknown", AttemptState.UNDECIDED: "undecided"}
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


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False)
