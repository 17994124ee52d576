"""One job at the meter behind a link, without page, store and SMM: what `eplus job` does."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.domain.activity import Activity, parse_activity
from agent.domain.errors import InputError
from agent.domain.exchange import ResultPayload, payload_of
from agent.domain.parameters import Nothing, Range
from agent.domain.serial import parse_serial
from agent.domain.table import Table
from agent.domain.tables import table_of
from agent.jobs.association import AssociationOptions, association_of_options
from agent.jobs.clock import Clock, SystemClock
from agent.jobs.counted import Conductor
from agent.jobs.drive import Patience, Watcher
from agent.jobs.driver import CAN_BE_DONE, DlmsDriver, Driver, ReadoutDriver, Request
from agent.link import open_link, parse_link
from agent.meters import Model, ReadoutModel, load_model
from agent.procedures.dialogue import Step
from agent.store.counters import COUNTERS_FILE, Counters

PATIENCE = Patience()


@dataclass(frozen=True)
class JobOptions:
    """What the command line says about meter and activity; `data` is where invocation counters are kept.

    `first` and `last` are the range of a load profile; without a time zone they are this machine's.
    """

    serial: str | None
    model: str
    association: AssociationOptions
    data: Path
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True)
class JobReport:
    activity: Activity
    model: str
    started_at: datetime
    ended_at: datetime
    result: ResultPayload
    steps: list[str]

    def table(self) -> Table:
        return table_of(self.result)

    def as_json(self) -> dict[str, Any]:
        return {
            "activity": self.activity.value,
            "serial": self.result.serial,
            "model": self.model,
            "started_at": _utc_text(self.started_at),
            "ended_at": _utc_text(self.ended_at),
            "outcome": "done",
            "result": self.result.model_dump(mode="json", exclude={"kind"}),
            "steps": self.steps,
        }


def run_job(activity: str, link_url: str, options: JobOptions, say: Callable[[str], None]) -> JobReport:
    """Does the job and reports it; `say` gets the communication log, line by line.

    Raises:
        EplusError: input, link, protocol or refusal; nothing is changed in the meter.
    """
    wanted = parse_activity(activity)
    if wanted not in CAN_BE_DONE:
        raise InputError(code="not-supported", what=wanted.label)
    address = parse_link(link_url)
    serial = None if options.serial is None else parse_serial(options.serial)
    model = load_model(options.model)
    steps: list[str] = []

    def step(current: Step) -> None:
        steps.append(current.name)

    clock = SystemClock()
    request = Request(wanted, serial, _range(wanted, options, clock))
    watcher = Watcher(step=step, log=say, expert=lambda _: None)
    driver = _driver(model, options, clock, watcher, mode_e=address.mode_e)

    async def work() -> JobReport:
        started = clock.now()
        async with open_link(address) as link:
            result = await driver.perform(request, link)
        return JobReport(wanted, model.name, started, clock.now(), payload_of(result), steps)

    return asyncio.run(work())


def _driver(model: Model, options: JobOptions, clock: Clock, watcher: Watcher, *, mode_e: bool) -> Driver:
    if isinstance(model, ReadoutModel):
        return ReadoutDriver(model, clock, watcher, PATIENCE)
    conductor = Conductor(Counters(options.data / COUNTERS_FILE), clock, watcher, PATIENCE, mode_e)
    return DlmsDriver(model, association_of_options(model, options.association), conductor)


def _range(activity: Activity, options: JobOptions, clock: Clock) -> Nothing | Range:
    """The last day, where nothing else is asked for."""
    if activity is not Activity.LOAD_PROFILE:
        return Nothing()
    last = (options.last or clock.now()).astimezone()
    first = (options.first or last - timedelta(days=1)).astimezone()
    if first > clock.now():
        raise InputError(code="bad-range")
    return Range(first, last)


def _utc_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
