"""Jobs: the one that runs with its log, those that wait for SMM, and what the technician does with them."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from sqlite_utils import Database

from agent.api.job_request import StartJob, parameters_asked
from agent.api.message import Empty, ErrorInfo, PageMessage, Text, UtcText, error_info, optional_text, utc_text
from agent.api.orders import OrderInfo, held_orders
from agent.api.rpc import method
from agent.api.sessions import PageSession
from agent.domain.activity import Activity
from agent.domain.attempt import AttemptState
from agent.domain.clock import Clock
from agent.domain.errors import EplusError
from agent.domain.exchange import ClockParameters
from agent.domain.job import JobState, OutboxState
from agent.jobs.engine import JobEngine
from agent.jobs.events import LogEntry
from agent.jobs.load_profiles.row_keeper import Fetched
from agent.jobs.request import JobRequest
from agent.procedures.dialogue import Step
from agent.store import Store, jobs
from agent.store.jobs import JobRecord
from agent.sync.tablet_time import TabletTime

JOBS_SHOWN = 50
"""In a list, and in each further part of it that the page asks for."""

_REFUSALS = {
    "unknown-meter": "refused-unknown-meter",
    "not-an-envelope": "refused-damaged",
    "wrong-hash": "refused-damaged",
    "wrong-signature": "refused-damaged",
}
"""SMM's reasons for which there are words of their own."""


class StepInfo(PageMessage):
    """Step `index` of `total`, counted from 1; `octets` of a long value have come so far."""

    name: str
    index: int
    total: int
    octets: int | None


class JobInfo(PageMessage):
    """`done` and `failed` are settled: saved on disk with their outbox row.

    `unknown`: a change was sent and nobody knows what became of it – CHECK METER (`job.recover`); `undecided`: a
    person has to decide in SMM. `may_cancel` is false from the moment a change is sent. `resumable`: a load profile
    that goes on from its last whole row. `outbox` is none until the job is settled; `outbox_error` says why SMM
    refused it, `may_retry` whether it may take it another time; `closed_at`, `closed_by` and `closed_note`, when and by
    whom it was closed, and why.
    """

    id: str
    activity: Activity
    serial: str
    state: JobState
    step: StepInfo | None = None
    past_steps: list[StepInfo] = Field(default_factory=list, description="of the running job, before `step`")
    created_at: UtcText
    ended_at: UtcText | None = None
    user: str
    error: ErrorInfo | None = None
    outbox: OutboxState | None = None
    outbox_error: ErrorInfo | None = None
    may_retry: bool = False
    closed_at: UtcText | None = None
    closed_by: str | None = None
    closed_note: str | None = None
    received_at: UtcText | None = None
    order: int | None = None
    may_cancel: bool = True
    resumable: bool = False
    rows: Annotated[int | None, Field(description="of a load profile, so far")] = None
    seconds_left: Annotated[int | None, Field(description="estimate")] = None


class LogLine(PageMessage):
    """A line of the communication log, e.g. `- readserial 1/7`. `expert` lines are frames and APDUs."""

    at: UtcText
    text: str
    expert: bool = False


class JobId(PageMessage):
    """Which job."""

    job: Text


class ListPart(PageMessage):
    """What comes after this job of a list; the beginning, where none is named."""

    after: Text | None = None


class JobList(PageMessage):
    """Jobs, newest first. `more`: there are further ones."""

    jobs: list[JobInfo]
    more: bool = False


def job_info(record: JobRecord, step: Step | None = None) -> JobInfo:
    """A job as the page shows it; `step` while it runs."""
    failure, refusal = None, None
    if record.error_code is not None:
        failure = ErrorInfo(code=record.error_code, params=record.error_params, retryable=True)
    if record.refusal is not None:
        code = _REFUSALS.get(record.refusal_code or "", record.refusal)
        refusal = ErrorInfo(code=code, params={"reason": record.refusal_reason or "", "serial": record.serial})
    return JobInfo(
        id=record.id,
        activity=record.activity,
        serial=record.serial,
        state=record.state,
        step=None if step is None else _step_info(step),
        created_at=utc_text(record.created_at),
        ended_at=optional_text(record.ended_at),
        user=record.user,
        error=failure,
        outbox=record.outbox,
        outbox_error=refusal,
        may_retry=record.outbox == "refused" and record.refusal != "smm-conflict",
        closed_at=optional_text(record.closed_at),
        closed_by=record.closed_by,
        closed_note=record.closed_note,
        received_at=optional_text(record.received_at),
        order=record.work_order,
        may_cancel=record.attempt is not AttemptState.SENT,
        resumable=record.state == "interrupted" and record.rows is not None,
        rows=record.rows,
    )


def _step_info(step: Step) -> StepInfo:
    return StepInfo(name=step.name, index=step.index, total=step.total, octets=step.octets)


def pending_jobs(store: Store) -> list[JobInfo]:
    """What stands first in Ejecutado."""
    with store.read() as db:
        return [job_info(record) for record in jobs.pending_page(db, JOBS_SHOWN)]


def _part(found: list[JobRecord]) -> JobList:
    """Of one job more than are shown, which says that there are further ones."""
    return JobList(jobs=[job_info(record) for record in found[:JOBS_SHOWN]], more=len(found) > JOBS_SHOWN)


def log_line(entry: LogEntry) -> LogLine:
    """A line of the log as the page shows it."""
    return LogLine(at=utc_text(entry.at), text=entry.text, expert=entry.expert)


@dataclass(frozen=True)
class JobListeners:
    """What gets the news of jobs; `log` with True at a job's start. `settled` is called after each end of a job."""

    job: Callable[[JobInfo], None]
    log: Callable[[Iterable[LogLine], bool], None]
    pending: Callable[[list[JobInfo]], None]
    orders: Callable[[list[OrderInfo]], None]
    settled: Callable[[], None]


class JobNews:
    """Shows the page what the job engine does."""

    def __init__(self, store: Store, listeners: JobListeners) -> None:
        self._store = store
        self._listeners = listeners
        self._steps: list[Step] = []

    def on_progress(self, record: JobRecord, step: Step | None) -> None:
        """For the engine: with every step and change of state."""
        self._steps = [] if step is None else [*(each for each in self._steps if each.index < step.index), step]
        self._listeners.job(self._running(record))
        if record.state != "running":
            self._listeners.settled()
            self.show_lists()

    def on_fetched(self, record: JobRecord, fetched: Fetched) -> None:
        """For the engine: with every batch of a load profile's rows."""
        news = {"rows": fetched.rows, "seconds_left": fetched.seconds_left}
        self._listeners.job(self._running(record).model_copy(update=news))

    def on_unsaved(self, record: JobRecord, error: EplusError) -> None:
        """For the engine: the outcome could not be kept."""
        self._listeners.job(job_info(record).model_copy(update={"state": "failed", "error": error_info(error)}))

    def on_log(self, entries: list[LogEntry], reset: bool) -> None:
        """For the engine: new lines; `reset` at a job's start."""
        self._listeners.log(map(log_line, entries), reset)

    def _running(self, record: JobRecord) -> JobInfo:
        """The job with its present step and those before, for a page that opens in the middle of it."""
        past, present = self._steps[:-1], self._steps[-1] if self._steps else None
        return job_info(record, present).model_copy(update={"past_steps": list(map(_step_info, past))})

    def show_lists(self) -> None:
        """What waits for SMM, and the work orders that this tablet holds."""
        self._listeners.pending(pending_jobs(self._store))
        self._listeners.orders(held_orders(self._store))


class JobMethods:
    """What the technician does with jobs."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        time: TabletTime,
        session: PageSession,
        engine: JobEngine,
        news: JobNews,
    ) -> None:
        self._store = store
        self._clock = clock
        self._time = time
        self._session = session
        self._engine = engine
        self._news = news

    @method("job.start")
    async def start(self, request: StartJob) -> JobInfo:
        """Raises: as `JobEngine.start`; LoginRefused; as `TabletTime.require_true`, where a clock is to be set."""
        user = self._session.user().user
        with self._store.read() as db:
            parameters = parameters_asked(db, request)
        if isinstance(parameters, ClockParameters):
            self._time.require_true()
        wanted = JobRequest(
            request.activity, request.serial, user.username, request.order, parameters, group=user.group
        )
        return job_info(await self._engine.start(wanted))

    @method("job.recover")
    async def recover(self, request: JobId) -> JobInfo:
        """Raises: as `JobEngine.recover`; LoginRefused."""
        self._session.user()
        return job_info(await self._engine.recover(request.job))

    @method("job.resume")
    async def resume(self, request: JobId) -> JobInfo:
        """Raises: as `JobEngine.resume`; LoginRefused."""
        self._session.user()
        record = await self._engine.resume(request.job)
        self._news.show_lists()
        return job_info(record)

    @method("job.cancel")
    async def cancel(self, request: JobId) -> Empty:
        """Raises: InputError `unknown-job`, `job-past-cancel`; LoginRefused."""
        self._session.user()
        self._engine.cancel(request.job)
        return Empty()

    @method("job.dismiss")
    async def dismiss(self, request: JobId) -> Empty:
        """Takes a job that SMM need not know out of the list. Raises InputError, LoginRefused."""
        self._session.user()
        now = self._clock.now()
        await self._store.write(lambda db: jobs.dismiss(db, request.job, now))
        self._news.show_lists()
        return Empty()

    @method("job.pending")
    async def pending(self, request: ListPart) -> JobList:
        """A part of Ejecutado. Raises InputError `unknown-job`, LoginRefused."""
        self._session.user()
        return await asyncio.to_thread(self._listed, jobs.pending_page, request.after)

    @method("job.history")
    async def history(self, request: ListPart) -> JobList:
        """A part of those that SMM has received, or that are over otherwise. Raises InputError `unknown-job`,
        LoginRefused."""
        self._session.user()
        return await asyncio.to_thread(self._listed, jobs.history, request.after)

    def _listed(self, read: Callable[[Database, int, str | None], list[JobRecord]], after: str | None) -> JobList:
        with self._store.read() as db:
            return _part(read(db, JOBS_SHOWN + 1, after))
