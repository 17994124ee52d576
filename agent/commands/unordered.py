"""One job at the meter behind a link, without page, store and SMM: what `eplus job` does."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.commands.lab import LabRequest, lab_parameters
from agent.domain.activity import Activity, parse_activity
from agent.domain.clock import Clock
from agent.domain.errors import ChangeRefused, EplusError, InputError, OutcomeUnknown
from agent.domain.exchange import ResultPayload, cell_text, payload_of, profile_payload
from agent.domain.parameters import BEGINNING, ClockSet, Detach, Info, Nothing, Parameters, past_range
from agent.domain.results import LoadProfile
from agent.domain.serial import parse_serial
from agent.domain.table import Table
from agent.domain.tables import table_of
from agent.drivers.association import AssociationOptions, association_of_options
from agent.drivers.clock import SystemClock
from agent.drivers.counters import SessionRunner
from agent.drivers.driver import CAN_BE_DONE, DlmsDriver, Driver, DriverRequest, ReadoutDriver
from agent.drivers.line import open_line
from agent.drivers.session import Journal, Timeouts, Watcher
from agent.link import parse_link
from agent.meters import Model, ReadoutModel, load_model
from agent.procedures.dialogue import Evidence, Step
from agent.store.counters import COUNTERS_FILE, Counters

PATIENCE = Timeouts()
NEED_AN_ORDER = frozenset({Activity.CREDIT_CHARGE, Activity.CHANGE, Activity.PREPAY_CONFIG})
"""What they are to do stands in a work order of SMM, and nowhere else."""


@dataclass(frozen=True)
class JobOptions:
    """What the command line says about meter and activity; `data` is where invocation counters are kept,
    `models` the utility's own meter models.

    `lab`: what a work order would say, for a simulated meter; any other is refused.
    `first` and `last`, aware, are the range of a load profile or event log; `info` asks for a profile's shape only.
    """

    serial: str | None
    model: str
    association: AssociationOptions
    data: Path
    models: Path | None = None
    first: datetime | None = None
    last: datetime | None = None
    info: bool = False
    reason: str | None = None
    set_clock: bool = False
    far_off: bool = False
    lab: LabRequest | None = None


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


class Sent:
    """The journal of a job that is not kept: it knows whether a change has left."""

    def __init__(self) -> None:
        self.changes = 0

    async def sent(self, _evidence: Evidence, /) -> None:
        self.changes += 1


class Collected:
    """The rows of a load profile, held until its end."""

    def __init__(self) -> None:
        self._parts: list[LoadProfile] = []

    def take(self, part: LoadProfile) -> None:
        self._parts.append(part)

    def payload(self) -> ResultPayload | None:
        """None if no load profile was begun."""
        if not self._parts:
            return None
        rows = [[cell_text(cell) for cell in row] for part in self._parts for row in part.rows]
        return profile_payload(self._parts[0]).model_copy(update={"rows": rows})


def run_job(
    activity: str,
    link_url: str,
    options: JobOptions,
    say: Callable[[str], None],
    rescue: Callable[[Table], None] = lambda _: None,
) -> JobReport:
    """Does the job and reports it; `say` gets the communication log, line by line.

    `rescue` gets what a load profile brought before it went wrong.

    Raises:
        EplusError: input, link, protocol or refusal; nothing is changed in the meter.
        OutcomeUnknown: a change has left, and nobody knows what became of it.
    """
    wanted = parse_activity(activity)
    if wanted not in CAN_BE_DONE:
        raise InputError(code="not-supported", what=wanted.label)
    if wanted in NEED_AN_ORDER and not options.lab:
        raise InputError(code="order-needed", activity=wanted.label)
    address = parse_link(link_url)
    serial = None if options.serial is None else parse_serial(options.serial)
    model = load_model(options.model, options.models)
    steps: list[str] = []

    def step(current: Step) -> None:
        steps.append(current.name)

    clock = SystemClock()
    collected = Collected()
    parameters = _parameters(wanted, serial, options, clock.now())
    request = DriverRequest(wanted, serial, parameters, collected.take, lab=options.lab is not None)
    watcher = Watcher(step=step, log=say, expert=lambda _: None)
    journal = Sent()
    driver = _driver(model, options, clock, watcher, journal, mode_e=address.mode_e)

    async def work() -> JobReport:
        started = clock.now()
        async with open_line(address, options.data) as link:
            result = await driver.perform(request, link)
        payload = collected.payload() or payload_of(result)
        return JobReport(wanted, model.name, started, clock.now(), payload, steps)

    try:
        return asyncio.run(work())
    except EplusError as error:
        if journal.changes and not (isinstance(error, ChangeRefused) and journal.changes == 1):
            raise OutcomeUnknown(error.code) from error
        if (payload := collected.payload()) is not None:
            rescue(table_of(payload))
        raise


def _driver(
    model: Model, options: JobOptions, clock: Clock, watcher: Watcher, journal: Journal, *, mode_e: bool
) -> Driver:
    if isinstance(model, ReadoutModel):
        return ReadoutDriver(model, clock, watcher, PATIENCE)
    conductor = SessionRunner(Counters(options.data / COUNTERS_FILE), clock, watcher, PATIENCE, mode_e, journal)
    return DlmsDriver(model, association_of_options(model, options.association), conductor)


def _parameters(activity: Activity, serial: str | None, options: JobOptions, now: datetime) -> Parameters:
    """Of a load profile the last day, of an event log all, where nothing else is asked for."""
    if activity in NEED_AN_ORDER and options.lab is not None:
        return lab_parameters(activity, serial, options.lab)
    ranged = options.first is not None or options.last is not None
    if options.set_clock and activity is not Activity.CLOCK:
        raise InputError(code="bad-input", field="--set")
    if options.info and (ranged or activity is not Activity.LOAD_PROFILE):
        raise InputError(code="bad-input", field="--info")
    if ranged and activity not in (Activity.LOAD_PROFILE, Activity.EVENTS):
        raise InputError(code="bad-input", field="--from/--to")
    if options.info:
        return Info()
    if options.set_clock:
        return ClockSet(options.far_off)
    if activity is Activity.DISCONNECT:
        return Detach(_reason(options))
    last = options.last or now
    if activity is Activity.LOAD_PROFILE:
        return past_range(options.first or last - timedelta(days=1), last, now)
    return past_range(options.first or BEGINNING, last, now) if activity is Activity.EVENTS else Nothing()


def _reason(options: JobOptions) -> str:
    if not (options.reason or "").strip():
        raise InputError(code="reason-missing")
    return str(options.reason).strip()


def _utc_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
