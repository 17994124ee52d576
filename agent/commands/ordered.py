"""A claimed work order, done from the command line: with this tablet's store, journal and outbox."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlite_utils import Database

from agent.commands.job_report import JobReport
from agent.config import MODELS_FOLDER
from agent.domain.activity import Activity
from agent.domain.errors import EplusError, InputError, OutcomeUnknown
from agent.domain.exchange import parse_result
from agent.domain.parameters import ReadRange
from agent.drivers.system_clock import SystemClock
from agent.drivers.traced_link import open_traced_link
from agent.jobs.engine import JobEngine
from agent.jobs.events import Events, LogEntry
from agent.jobs.meter_access import MeterAccess
from agent.jobs.request import JobRequest
from agent.link import Link, LinkAddress, parse_link
from agent.procedures.dialogue import Step
from agent.store import Store, accounts, directory, jobs, load_profiles, orders
from agent.store.counters import COUNTERS_FILE, Counters
from agent.store.jobs import JobRecord
from agent.store.load_profiles import StoredProfile
from agent.sync.tablet_time import TabletTime


@dataclass(frozen=True)
class Credentials:
    """As on the login page; who never logged in on this tablet cannot work here."""

    username: str
    password: str


class OneLink:
    """A `ProbeLease`: a link that is opened for each job."""

    def __init__(self, address: LinkAddress, data: Path) -> None:
        self._address, self._data = address, data
        self.mode_e, self.transport = address.mode_e, address.transport

    def require_connected(self) -> None:
        """Nothing to check: the link is opened when it is needed."""

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[Link]:
        """The open link. Raises LinkError."""
        async with open_traced_link(self._address, self._data) as link:
            yield link


def do_order(
    number: int,
    activity: Activity,
    link_url: str,
    technician: Credentials,
    data: Path,
    say: Callable[[str], None],
    *,
    check: bool,
) -> JobReport:
    """Does the order that this tablet has claimed; with `check`, finds out what became of it. SYNC sends the outcome.

    Raises:
        InputError: `already-running`, `order-unknown`, `order-other`, `nothing-to-check`, or what the engine refuses.
        LoginRefused: the technician may not work here.
        OutcomeUnknown: a change has left, and nobody knows what became of it; it is kept for a check.
        EplusError: it was not done.
    """
    address = parse_link(link_url)
    store = Store.open(data)
    try:
        job = _OrderedJob(store, Counters(data / COUNTERS_FILE), OneLink(address, data), say, data / MODELS_FOLDER)
        return asyncio.run(job.check(number, technician) if check else job.do(number, activity, technician))
    finally:
        store.close()


class _OrderedJob:
    """The job engine, and what waits for the end of its one job."""

    def __init__(
        self, store: Store, counters: Counters, link: OneLink, say: Callable[[str], None], models: Path
    ) -> None:
        self._store, self._say = store, say
        self._clock, self._ended = SystemClock(), asyncio.Event()
        self._steps: list[str] = []
        events = Events(self._on_progress, lambda _record, _error: self._ended.set(), self._on_log)
        access = MeterAccess(store, counters, link, self._clock, models)
        self._engine = JobEngine(store, access, self._clock, events)

    async def do(self, number: int, activity: Activity, technician: Credentials) -> JobReport:
        user = await self._begin(technician)
        with self._store.read() as db:
            serial = orders.get(db, number).claim.order.serial
        record = await self._engine.start(JobRequest(activity.value, serial, user, order=number))
        return await self._report(record.id)

    async def check(self, number: int, technician: Credentials) -> JobReport:
        await self._begin(technician)
        with self._store.read() as db:
            name = _open_job(db, number)
        await self._engine.recover(name)
        return await self._report(name)

    async def _begin(self, technician: Credentials) -> str:
        now = TabletTime(self._store, self._clock).now()
        account = await accounts.admit_offline(self._store, technician.username, technician.password, now)
        await self._store.write(lambda db: jobs.interrupt_running(db, self._clock.now()))
        return account.user.username

    async def _report(self, name: str) -> JobReport:
        await self._ended.wait()
        await self._engine.close()
        with self._store.read() as db:
            record = jobs.get(db, name)
            meter = directory.find(db, record.serial)
            profile = load_profiles.find(db, name)
            rows = [] if profile is None else [json.loads(row) for row in load_profiles.cells(db, profile.id)]
        assert meter is not None
        report = _report(record, meter.model, self._steps)
        return report if profile is None else _with_rows(report, profile, rows)

    def _on_progress(self, record: JobRecord, step: Step | None) -> None:
        if step is not None:
            self._steps.append(step.name)
        if record.state not in ("queued", "running"):
            self._ended.set()

    def _on_log(self, entries: list[LogEntry], _reset: bool) -> None:
        for entry in entries:
            if not entry.expert:
                self._say(entry.text)


def _open_job(db: Database, number: int) -> str:
    """Raises: InputError `nothing-to-check`."""
    for record in jobs.pending(db):
        if record.work_order == number and record.state == "unknown":
            return record.id
    raise InputError(code="nothing-to-check")


def _with_rows(report: JobReport, profile: StoredProfile, rows: list[list[str | None]]) -> JobReport:
    result = report.result.model_copy(update={"rows": rows})
    return replace(report, result=result, asked=ReadRange(profile.first, profile.last))


def _report(record: JobRecord, model: str, steps: list[str]) -> JobReport:
    if record.state == "unknown":
        raise OutcomeUnknown
    if record.state == "undecided":
        raise OutcomeUnknown(code="outcome-undecided")
    if record.state != "done" or record.result is None:
        error = EplusError(code=record.error_code)
        error.params = record.error_params
        raise error
    ended = record.ended_at or record.created_at
    return JobReport(record.activity, model, record.started_at or ended, ended, parse_result(record.result), steps)
