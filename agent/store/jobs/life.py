"""The life of a job. It ends in one transaction: state, result and outbox row, or none of them."""

import json
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from agent.domain.attempt import ENDED, AttemptEvent, AttemptState
from agent.domain.errors import ErrorParams, InputError, StoreError
from agent.store import attempts, orders, outbox
from agent.store.jobs import sql
from agent.store.jobs.records import NewJob, Settlement
from agent.store.moments import to_text
from agent.store.outbox import BuildEnvelope


def create(db: Database, job: NewJob) -> None:
    """Keeps a new job as queued."""
    created_at, request = to_text(job.created_at), _json(dict(job.request))
    db.execute(sql.CREATE, (job.id, job.activity.value, job.serial, job.user, created_at, job.work_order, request))


def start(db: Database, job_id: str, at: datetime) -> None:
    """Marks a queued job as running.

    Raises:
        InputError: `unknown-job`.
        StoreError: it is not queued.
    """
    _move(db, job_id, sql.START, to_text(at))


def settle(db: Database, job_id: str, settlement: Settlement) -> None:
    """Ends a job: its state, its result, the next sequence number, and the outbox row.

    Raises:
        InputError: `unknown-job`.
        StoreError: the job has already ended.
    """
    result = None if settlement.result is None else _json(settlement.result)
    error = (settlement.error_code, _json(settlement.error_params))
    _move(db, job_id, sql.SETTLE, settlement.state, to_text(settlement.ended_at), result, *error)
    if settlement.attempt is not None:
        attempts.advance(db, job_id, settlement.attempt, settlement.ended_at)
    if settlement.closes_order:
        orders.mark_done(db, job_id)
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
    """Stops a running job so that it can be taken up again; with `attempt`, its outcome is not known.

    Raises:
        InputError: `unknown-job`.
        StoreError: it is not running.
    """
    _move(db, job_id, sql.INTERRUPT, to_text(at), code, _json(params or {}))
    if attempt is not None:
        attempts.advance(db, job_id, attempt, at)


def interrupt_running(db: Database, at: datetime) -> int:
    """At start-up: interrupts the jobs that the last run of the program left queued or running. Returns how many."""
    interrupted = db.execute(sql.INTERRUPT_RUNNING, [to_text(at)]).rowcount
    attempts.lose_running(db, at)
    return interrupted


def resume(db: Database, job_id: str, at: datetime) -> None:
    """Marks an interrupted job as running again.

    Raises:
        InputError: `unknown-job`.
        StoreError: it is not interrupted.
    """
    _move(db, job_id, sql.RESUME, to_text(at))


def dismiss(db: Database, job_id: str, at: datetime) -> None:
    """Takes an interrupted job out of the pending ones.

    Raises:
        InputError: `unknown-job`; `outcome-unknown`, if it may have changed something.
        StoreError: it is not interrupted.
    """
    attempt = attempts.find(db, job_id)
    if attempt is not None and attempt.state not in ENDED:
        raise InputError(code="outcome-unknown")
    _move(db, job_id, sql.DISMISS, to_text(at))


def leave_undecided(db: Database, job_id: str, at: datetime, build_envelope: BuildEnvelope) -> None:
    """The meter cannot tell whether the change was made: SMM gets an envelope that says so, and a person decides.

    Raises:
        InputError: `unknown-job`.
        StoreError: it is not interrupted, or its attempt cannot become undecided.
    """
    attempts.advance(db, job_id, AttemptEvent.UNDECIDABLE, at)
    _move(db, job_id, sql.MARK_UNDECIDED)
    orders.mark_done(db, job_id)
    outbox.add(db, job_id, build_envelope)


def decide(db: Database, job_id: str, at: datetime, *, applied: bool) -> None:
    """Ends an undecided job as a person has decided in SMM; a job in any other state is left as it is.

    Raises:
        InputError: `unknown-job`.
    """
    attempt = attempts.find(db, job_id)
    if attempt is None or attempt.state is not AttemptState.UNDECIDED:
        return
    attempts.advance(db, job_id, AttemptEvent.SETTLED_APPLIED if applied else AttemptEvent.SETTLED_ABSENT, at)
    state, code = ("done", "decided-applied") if applied else ("failed", "decided-not-applied")
    _move(db, job_id, sql.DECIDE, state, code)


def _move(db: Database, job_id: str, statement: str, *values: str | None) -> None:
    """Runs an update whose last parameter is the job, and which a job in the wrong state does not match."""
    if db.execute(statement, [*values, job_id]).rowcount == 1:
        return
    row = db.execute(sql.STATE, [job_id]).fetchone()
    if row is None:
        raise InputError(f"no job {job_id}", code="unknown-job")
    raise StoreError(f"job {job_id} is already {row[0]}")


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False)
