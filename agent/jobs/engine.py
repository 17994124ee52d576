"""The life of a job on the tablet: queued, run over the probe, settled in one transaction."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace

from sqlite_utils import Database

from agent.domain.attempt import AttemptState
from agent.domain.clock import Clock
from agent.domain.errors import EplusError, InputError, LinkBusy
from agent.domain.exchange import parameters_of, parse_parameters, payload_of
from agent.domain.uuid7 import uuid7
from agent.drivers.driver import Driver, DriverRequest
from agent.drivers.session import NO_JOURNAL, Journal, Watcher
from agent.jobs.events import Events, LogEntry
from agent.jobs.journal import JobJournal
from agent.jobs.load_profiles.fetch import can_be_resumed, fetch_rows, request_of, rows_asked_for
from agent.jobs.load_profiles.row_keeper import Fetched, RowKeeper
from agent.jobs.meter_access import JobMeter, MeterAccess
from agent.jobs.request import JobRequest, check
from agent.jobs.settling.settler import Settler
from agent.link import Link
from agent.procedures.dialogue import Step
from agent.store import Store, Transaction, attempts, jobs, load_profiles
from agent.store.jobs import JobRecord, NewJob

_log = logging.getLogger(__name__)


class JobEngine:
    """Runs one job at a time, on the agent's event loop."""

    def __init__(self, store: Store, access: MeterAccess, clock: Clock, events: Events) -> None:
        self._store = store
        self._access = access
        self._clock = clock
        self._events = events
        self._settler = Settler(store, clock, self.new_id)
        self._current: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._cancelled_by_user = False

    async def start(self, request: JobRequest) -> JobRecord:
        """Begins a job, and returns once that is on disk.

        Raises:
            InputError: what `check` refuses, a meter or key that is not here, `job-running`; nothing was begun.
            LinkError: no probe is connected.
            StorageFull: `storage-no-room-for-job`.
        """
        self._store.writer.reserve.require_room_for_job()
        now = self._clock.now()
        with self._store.read() as db:
            checked = check(db, request, now)
            rows = rows_asked_for(db, checked, now)
        meter = self._access.find(checked.serial)
        new = NewJob(
            id=self.new_id(),
            activity=checked.activity,
            serial=meter.serial,
            user=checked.user,
            created_at=self._clock.now(),
            work_order=None if checked.claim is None else checked.claim.order.id,
            request=checked.parameters.model_dump(mode="json"),
        )

        def keep(db: Database) -> None:
            jobs.create(db, new)
            if checked.changes_the_meter:
                attempts.begin(db, new.id, new.serial, new.created_at)
            if rows is not None:
                wanted = rows.range
                load_profiles.begin(db, new.id, new.serial, wanted.first, wanted.last, new_only=rows.new_only)
            jobs.start(db, new.id, new.created_at)

        await self._go(new.id, lambda begun: self._keep_and_run(new.id, keep, meter, begun))
        return self._record(new.id)

    async def resume(self, job_id: str) -> JobRecord:
        """Resumes a load profile after its last whole row; returns once that is on disk.

        Raises:
            InputError: `unknown-job`, `nothing-to-resume`, a meter or key that is not here, `job-running`.
            LinkError: no probe is connected.
            StorageFull: `storage-no-room-for-job`.
        """
        record = self._record(job_id)
        if record.state != "interrupted" or record.rows is None:
            raise InputError(code="nothing-to-resume")
        self._store.writer.reserve.require_room_for_job()
        meter = self._access.find(record.serial)
        now = self._clock.now()
        await self._go(
            job_id, lambda begun: self._keep_and_run(job_id, lambda db: jobs.resume(db, job_id, now), meter, begun)
        )
        return self._record(job_id)

    async def recover(self, job_id: str) -> JobRecord:
        """Begins to find out at the meter what became of a job's change.

        Raises:
            InputError: `unknown-job`, `nothing-to-check`, a meter or key that is not here, `job-running`.
            LinkError: no probe is connected.
        """
        record = self._record(job_id)
        if record.attempt is not AttemptState.UNKNOWN:
            raise InputError(code="nothing-to-check")
        meter = self._access.find(record.serial)
        await self._go(job_id, lambda begun: self._recover(record, meter, begun))
        return self._record(job_id)

    def cancel(self, job_id: str) -> None:
        """Ends a running job; it is settled as cancelled.

        Raises:
            InputError: `unknown-job`, if it does not run; `job-past-cancel`, if a change was sent.
        """
        if self._task is None or self._current != job_id:
            raise InputError(code="unknown-job")
        if self._record(job_id).attempt is AttemptState.SENT:
            raise InputError(code="job-past-cancel")
        self._cancelled_by_user = True
        self._task.cancel()

    @property
    def is_idle(self) -> bool:
        """Whether another job may begin."""
        return self._task is None

    async def close(self) -> None:
        """Stops without settling: the next start of the agent finds the job interrupted."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    def new_id(self) -> str:
        """A UUID of version 7."""
        return str(uuid7(int(self._clock.now().timestamp() * 1000), os.urandom(10)))

    # ── one at a time ──

    async def _go(self, job_id: str, work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
        """Starts the work, and waits until it is on disk or has failed."""
        if self._task is not None:
            raise LinkBusy(code="job-running")
        self._access.probe.require_connected()
        begun = asyncio.Event()
        self._current = job_id
        task = self._task = asyncio.create_task(self._alone(work(begun)))
        waiting = asyncio.ensure_future(begun.wait())
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not begun.is_set():
            await task

    async def _alone(self, work: Awaitable[None]) -> None:
        try:
            await work
        finally:
            self._task = None
            self._cancelled_by_user = False

    # ── a job ──

    async def _keep_and_run(self, job_id: str, keep: Transaction[None], meter: JobMeter, begun: asyncio.Event) -> None:
        """`keep` is the transaction that says that the job runs."""
        await self._store.write(keep)
        begun.set()
        self._events.log([], True)
        record = self._record(job_id)
        self._events.progress(record, None)
        journal = JobJournal(self._store, job_id, self._clock)
        error: EplusError | None = None
        try:
            async with self._access.probe.lease() as link:
                settle = await self._perform(record, self._driver(meter, journal), link)
        except asyncio.CancelledError:
            if not self._cancelled_by_user:
                raise
            error = InputError(code="job-cancelled")
        except Exception as trouble:
            error = self._named(job_id, trouble)
        if error is not None and can_be_resumed(record, error):
            settle = self._settler.stopped(record, error)
        elif error is not None:
            settle = self._settler.failed(self._record(job_id), error, journal.changes)
        await self._settle(job_id, settle)

    async def _perform(self, record: JobRecord, driver: Driver, link: Link) -> Transaction[None]:
        """Carries the job out, and returns the transaction that settles it."""
        if record.rows is None:
            with self._store.read() as db:
                request = request_of(db, record, self._clock.now())
            result = await driver.perform(request, link)
            return self._settler.succeeded(self._record(record.id), payload_of(result))

        def tell(fetched: Fetched) -> None:
            self._events.fetched(record, fetched)

        keeper = RowKeeper(self._store, record.id, self._clock, tell)
        await fetch_rows(record, keeper, driver, link)
        return self._settler.fetched(record)

    async def _recover(self, record: JobRecord, meter: JobMeter, begun: asyncio.Event) -> None:
        begun.set()
        self._events.log([], True)
        self._events.progress(_running(record), None)
        with self._store.read() as db:
            attempt = attempts.find(db, record.id)
        assert attempt is not None
        parameters = parameters_of(parse_parameters(record.request), record.work_order)
        request = DriverRequest(record.activity, record.serial, parameters)
        try:
            async with self._access.probe.lease() as link:
                verdict = await self._driver(meter, NO_JOURNAL).recover(request, attempt.evidence, link)
            await self._settle(record.id, self._settler.judged(record, verdict))
        except asyncio.CancelledError:
            if not self._cancelled_by_user:
                raise
        except Exception as trouble:
            self._say(f"Error: {self._named(record.id, trouble).code}")
        self._events.progress(self._record(record.id), None)

    def _named(self, job_id: str, trouble: Exception) -> EplusError:
        if isinstance(trouble, EplusError):
            return trouble
        _log.exception("job %s: %s", job_id, type(trouble).__name__)
        return EplusError(type(trouble).__name__)

    async def _settle(self, job_id: str, settle: Transaction[None]) -> None:
        try:
            await self._store.write(settle)
        except EplusError as trouble:
            self._events.unsaved(self._record(job_id), trouble)
            return
        record = self._record(job_id)
        self._say("Saved" if record.error_code is None else f"Error: {record.error_code}")
        self._events.progress(record, None)

    # ── at the meter ──

    def _driver(self, meter: JobMeter, journal: Journal) -> Driver:
        watcher = Watcher(step=self._on_step, log=self._say, expert=lambda line: self._say(line, expert=True))
        return self._access.driver(meter, watcher, journal)

    def _on_step(self, step: Step) -> None:
        assert self._current is not None
        self._events.progress(_running(self._record(self._current)), step)

    def _say(self, text: str, *, expert: bool = False) -> None:
        self._events.log([LogEntry(self._clock.now(), text, expert)], False)

    def _record(self, job_id: str) -> JobRecord:
        with self._store.read() as db:
            return jobs.get(db, job_id)


def _running(record: JobRecord) -> JobRecord:
    """While the meter is asked what became of a change, the page sees the job run again."""
    return replace(record, state="running", error_code=None, ended_at=None)
