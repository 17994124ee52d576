"""The life of a job on the tablet: queued, run over the probe, settled in one transaction."""

import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agent.domain.activity import POLICY, Activity, parse_activity
from agent.domain.envelope import uuid7
from agent.domain.errors import EplusError, InputError, LinkBusy
from agent.domain.exchange import DirectoryMeter, FailurePayload, MeterSecret, Payload, payload_of
from agent.domain.serial import parse_serial
from agent.jobs.association import association_of_tablet
from agent.jobs.clock import Clock
from agent.jobs.counted import Conductor
from agent.jobs.drive import Patience, Watcher
from agent.jobs.driver import CAN_BE_DONE, DlmsDriver, Driver, ReadoutDriver, Request
from agent.jobs.envelope import EnvelopeDraft, build_envelope
from agent.link.manager import ProbeManager
from agent.meters import Model, ReadoutModel, load_model
from agent.procedures.dialogue import Step
from agent.store import Store, directory, jobs, settings
from agent.store.counters import Counters
from agent.store.jobs import JobRecord, NewJob, Settlement
from agent.store.settings import Setting

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LogEntry:
    at: datetime
    text: str
    expert: bool


@dataclass(frozen=True)
class Events:
    """Who is told. `progress` comes with every step and change of state; `log` with `reset` at a job's start.

    `unsaved` comes instead of a settled job's progress, where the outcome could not be kept.
    """

    progress: Callable[[JobRecord, Step | None], None]
    unsaved: Callable[[JobRecord, EplusError], None]
    log: Callable[[list[LogEntry], bool], None]


class JobEngine:
    """Runs one job at a time, on the agent's event loop."""

    def __init__(self, store: Store, counters: Counters, probe: ProbeManager, clock: Clock, events: Events) -> None:
        self._store = store
        self._counters = counters
        self._probe = probe
        self._clock = clock
        self._events = events
        self._current: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._cancelled_by_user = False

    async def start(self, activity: str, serial: str, user: str) -> JobRecord:
        """Begins a job; it goes on by itself.

        Raises:
            InputError: unknown activity, malformed serial number, a meter or key that is not here,
                `job-running`; nothing was begun.
            LinkError: no probe is connected.
        """
        wanted = self._permitted(activity)
        meter, model = self._meter(parse_serial(serial))
        secret = directory.open_secret(meter, self._store.identity)
        if self._task is not None:
            raise LinkBusy(code="job-running")
        self._probe.require_connected()
        new = NewJob(self._new_id(), wanted, meter.serial, user, self._clock.now())
        self._current = new.id
        self._task = asyncio.create_task(self._begin_and_run(new, model, secret, begun := asyncio.Event()))
        await self._begun(begun)
        return self._record(new.id)

    def cancel(self, job_id: str) -> None:
        """Ends a running job; it is settled as cancelled. Raises InputError if it does not run."""
        if self._task is None or self._current != job_id:
            raise InputError(code="unknown-job")
        self._cancelled_by_user = True
        self._task.cancel()

    async def close(self) -> None:
        """Stops without settling: the next start of the agent finds the job interrupted."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    # ── before anything happens ──

    def _permitted(self, activity: str) -> Activity:
        wanted = parse_activity(activity)
        if not POLICY[wanted].on_tablet:
            raise InputError(code="activity-from-smm", activity=wanted.label)
        if wanted not in CAN_BE_DONE:
            raise InputError(code="not-supported", what=wanted.label)
        return wanted

    def _meter(self, serial: str) -> tuple[DirectoryMeter, Model]:
        with self._store.read() as db:
            meter = directory.find(db, serial)
        if meter is None:
            raise InputError(code="meter-unknown", serial=serial)
        return meter, load_model(meter.model)

    def _new_id(self) -> str:
        return str(uuid7(int(self._clock.now().timestamp() * 1000), os.urandom(10)))

    async def _begun(self, begun: asyncio.Event) -> None:
        """Until the job is on the disk, or could not be put there."""
        assert self._task is not None
        task, waiting = self._task, asyncio.ensure_future(begun.wait())
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not begun.is_set():
            await task

    # ── the job ──

    async def _begin_and_run(self, new: NewJob, model: Model, secret: MeterSecret, begun: asyncio.Event) -> None:
        try:
            await self._store.write(lambda db: jobs.create(db, new))
            await self._store.write(lambda db: jobs.start(db, new.id, self._clock.now()))
            begun.set()
            await self._run(new, model, secret)
        finally:
            self._task = None
            self._cancelled_by_user = False

    async def _run(self, new: NewJob, model: Model, secret: MeterSecret) -> None:
        started = self._clock.now()
        self._events.log([], True)
        self._events.progress(self._record(new.id), None)
        state: Literal["done", "failed"] = "failed"
        error: EplusError | None = None
        payload: Payload
        try:
            payload = await self._read_meter(new, model, secret)
            state = "done"
        except asyncio.CancelledError:
            if not self._cancelled_by_user:
                raise
            error = InputError(code="job-cancelled")
        except EplusError as failure:
            error = failure
        except Exception as fault:
            _log.exception("job %s: %s", new.id, type(fault).__name__)
            error = EplusError(type(fault).__name__)
        if error is not None:
            self._say(f"Error: {error.code}")
            payload = FailurePayload(serial=new.serial, code=error.code, params=error.params)
        await self._settle(new, started, state, payload, error)

    async def _read_meter(self, new: NewJob, model: Model, secret: MeterSecret) -> Payload:

        def on_step(step: Step) -> None:
            self._events.progress(self._record(new.id), step)

        watcher = Watcher(step=on_step, log=self._say, expert=lambda line: self._say(line, expert=True))
        async with self._probe.lease() as link:
            driver = self._driver(model, secret, watcher)
            return payload_of(await driver.perform(Request(new.activity, new.serial), link))

    def _driver(self, model: Model, secret: MeterSecret, watcher: Watcher) -> Driver:
        if isinstance(model, ReadoutModel):
            return ReadoutDriver(model, self._clock, watcher, Patience())
        association = association_of_tablet(model, secret)
        return DlmsDriver(model, association, Conductor(self._counters, self._clock, watcher))

    async def _settle(
        self,
        new: NewJob,
        started: datetime,
        state: Literal["done", "failed"],
        payload: Payload,
        error: EplusError | None,
    ) -> None:
        ended = self._clock.now()
        with self._store.read() as db:
            drift = settings.get_number(db, Setting.CLOCK_DRIFT)
        draft = EnvelopeDraft(self._new_id(), new, started, ended, drift, payload)
        settlement = Settlement(
            state=state,
            ended_at=ended,
            result=payload.model_dump(mode="json") if state == "done" else None,
            error_code=error.code if error else None,
            error_params=error.params if error else {},
            build_envelope=lambda sequence: build_envelope(draft, sequence, self._store.identity),
        )
        try:
            await self._store.write(lambda db: jobs.settle(db, new.id, settlement))
        except EplusError as trouble:
            self._events.unsaved(self._record(new.id), trouble)
            return
        self._say("Saved")
        self._events.progress(self._record(new.id), None)

    def _say(self, text: str, *, expert: bool = False) -> None:
        self._events.log([LogEntry(self._clock.now(), text, expert)], False)

    def _record(self, job_id: str) -> JobRecord:
        with self._store.read() as db:
            return jobs.get(db, job_id)
