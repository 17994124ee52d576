"""One job at the meter behind a link, without page, store and SMM: what `eplus job` does."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.domain.activity import Activity, parse_activity
from agent.domain.errors import InputError
from agent.domain.exchange import ReadingPayload, reading_payload
from agent.domain.serial import parse_serial
from agent.domain.table import Table
from agent.domain.tables import reading_table
from agent.jobs.association import AssociationOptions, association_of_options
from agent.jobs.clock import Clock, SystemClock
from agent.jobs.counted import Conductor
from agent.jobs.drive import Patience, Watcher
from agent.jobs.driver import DlmsDriver, Driver, ReadoutDriver
from agent.link import open_link, parse_link
from agent.meters import Model, ReadoutModel, load_model
from agent.procedures.dialogue import Step
from agent.store.counters import COUNTERS_FILE, Counters

PATIENCE = Patience()


@dataclass(frozen=True)
class JobOptions:
    """What the command line says about the meter; `data` is where invocation counters are kept."""

    serial: str | None
    model: str
    association: AssociationOptions
    data: Path


@dataclass(frozen=True)
class JobReport:
    activity: Activity
    model: str
    started_at: datetime
    ended_at: datetime
    result: ReadingPayload
    steps: list[str]

    def table(self) -> Table:
        return reading_table(self.result)

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
    if wanted is not Activity.READING:
        raise InputError(code="not-supported", what=wanted.label)
    address = parse_link(link_url)
    serial = None if options.serial is None else parse_serial(options.serial)
    model = load_model(options.model)
    steps: list[str] = []

    def step(current: Step) -> None:
        steps.append(current.name)

    clock = SystemClock()
    watcher = Watcher(step=step, log=say, expert=lambda _: None)
    driver = _driver(model, options, clock, watcher, mode_e=address.mode_e)

    async def work() -> JobReport:
        started = clock.now()
        async with open_link(address) as link:
            result = await driver.perform(wanted, serial, link)
        return JobReport(wanted, model.name, started, clock.now(), reading_payload(result), steps)

    return asyncio.run(work())


def _driver(model: Model, options: JobOptions, clock: Clock, watcher: Watcher, *, mode_e: bool) -> Driver:
    if isinstance(model, ReadoutModel):
        return ReadoutDriver(model, clock, watcher, PATIENCE)
    conductor = Conductor(Counters(options.data / COUNTERS_FILE), clock, watcher, PATIENCE, mode_e)
    return DlmsDriver(model, association_of_options(model, options.association), conductor)


def _utc_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
