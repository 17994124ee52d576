"""One job at the meter behind a link, without page, store and SMM."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from agent.commands.association import AssociationOptions
from agent.commands.job_options import ActivityOptions
from agent.commands.job_report import JobReport
from agent.commands.lab import LabOptions
from agent.config import Settings
from agent.domain.activity import Activity, parse_activity
from agent.domain.clock import Clock
from agent.domain.errors import ChangeRefused, EplusError, InputError, OutcomeUnknown
from agent.domain.exchange import ResultPayload, cell_text, payload_of, profile_payload, warnings_of
from agent.domain.result_tables import table_of
from agent.domain.results import LoadProfile
from agent.domain.serial import parse_serial
from agent.domain.table import Table
from agent.drivers.choose import DriverParts, driver_for
from agent.drivers.driver import Driver, DriverRequest
from agent.drivers.session import Timeouts, Watcher
from agent.drivers.system_clock import SystemClock
from agent.drivers.traced_link import open_traced_link
from agent.link import LinkAddress, parse_link
from agent.meters import load_model
from agent.procedures.dialogue import Evidence, Step
from agent.store.counters import COUNTERS_FILE, Counters

TIMEOUTS = Timeouts()


@dataclass(frozen=True)
class MeterOptions:
    """The meter in front, and how to associate with it."""

    serial: str | None
    model: str
    association: AssociationOptions


class CountingJournal:
    """The journal of a job that is not kept: it counts the changes that were sent."""

    def __init__(self) -> None:
        self.changes = 0

    async def sent(self, _evidence: Evidence, /) -> None:
        """Counts one more."""
        self.changes += 1


class CollectedRows:
    """The rows of a load profile, held until its end."""

    def __init__(self) -> None:
        self._parts: list[LoadProfile] = []

    def take(self, part: LoadProfile) -> None:
        """Keeps the part."""
        self._parts.append(part)

    def payload(self, ended: ResultPayload | None = None) -> ResultPayload | None:
        """None if no load profile was begun. `ended` is its result, which has no rows."""
        if not self._parts:
            return None
        rows = [[cell_text(cell) for cell in row] for part in self._parts for row in part.rows]
        last = replace(self._parts[-1], rows=())  # its columns are final, and its warnings are all
        warnings = [*last.warnings, *(warnings_of(ended) if ended else [])]
        update = {"rows": rows, "warnings": list(dict.fromkeys(warnings))}
        return profile_payload(last).model_copy(update=update)


def run_job(
    activity: str,
    link_url: str,
    meter: MeterOptions,
    what: ActivityOptions,
    lab: LabOptions,
    settings: Settings,
    say: Callable[[str], None],
    rescue: Callable[[Table], None] = lambda _: None,
) -> JobReport:
    """Does the job and reports it; `say` gets the communication log, line by line.

    `rescue` gets what a load profile brought before it went wrong.

    Raises:
        EplusError: input, link, protocol or refusal; nothing is changed in the meter.
        OutcomeUnknown: a change was sent, and nobody knows what became of it.
    """
    job = _Job(parse_activity(activity), parse_link(link_url), settings, say)
    try:
        return asyncio.run(job.run(meter, what, lab))
    except EplusError as error:
        if job.journal.changes and not (isinstance(error, ChangeRefused) and job.journal.changes == 1):
            raise OutcomeUnknown(error.code) from error
        if (payload := job.rows.payload()) is not None:
            rescue(table_of(payload))
        raise


class _Job:
    """What one run is made of."""

    def __init__(
        self, activity: Activity, address: LinkAddress, settings: Settings, say: Callable[[str], None]
    ) -> None:
        self.journal, self.rows = CountingJournal(), CollectedRows()
        self._activity, self._address, self._settings = activity, address, settings
        self._steps: list[str] = []
        self._clock: Clock = SystemClock()
        self._watcher = Watcher(step=self._on_step, log=say, expert=lambda _: None)

    async def run(self, meter: MeterOptions, what: ActivityOptions, lab: LabOptions) -> JobReport:
        """Raises as `run_job`."""
        request = self._request(meter, what, lab)
        if self._activity.facts.brings_rows and what.first is None and not what.info:
            self._watcher.log("Without --from: all rows that the meter holds")
        model = load_model(meter.model, self._settings.models)
        counters = Counters(self._settings.data / COUNTERS_FILE)
        address = self._address
        parts = DriverParts(
            counters, self._clock, self._watcher, address.mode_e, self.journal, TIMEOUTS, address.transport
        )
        driver: Driver = driver_for(model, meter.association.association, parts)
        started = self._clock.now()
        async with open_traced_link(address, self._settings.data) as link:
            result = await driver.perform(request, link)
        payload, now = payload_of(result), self._clock.now()
        payload = self.rows.payload(payload) or payload
        return JobReport(self._activity, model.name, started, now, payload, self._steps, request.parameters)

    def _request(self, meter: MeterOptions, what: ActivityOptions, lab: LabOptions) -> DriverRequest:
        activity = self._activity
        if activity.facts.content_from_smm and not lab.lab:
            raise InputError(code="order-needed", activity=activity.label)
        serial = None if meter.serial is None else parse_serial(meter.serial)
        if activity.facts.content_from_smm:
            parameters = lab.parameters(activity, serial)
        else:
            parameters = what.parameters(activity, self._clock.now())
        return DriverRequest(activity, serial, parameters, self.rows.take, lab=lab.lab)

    def _on_step(self, step: Step) -> None:
        if step.octets is None:  # else it is the same step, a while later
            self._steps.append(step.name)
