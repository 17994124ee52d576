"""One job at the meter behind a link, without page, store and SMM: what `eplus job` does."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast

from agent.dlms import AssociationSettings, ClientSession
from agent.domain.activity import Activity, parse_activity
from agent.domain.errors import InputError
from agent.domain.exchange import ReadingPayload, reading_payload
from agent.domain.serial import parse_serial
from agent.domain.table import Table
from agent.domain.tables import reading_table
from agent.jobs.clock import SystemClock
from agent.jobs.drive import Patience, Watcher, drive
from agent.link import open_link, parse_link
from agent.meters import MeterModel, load_model
from agent.procedures.dialogue import Step
from agent.procedures.reading import reading

PATIENCE = Patience()


@dataclass(frozen=True)
class JobOptions:
    """What the command line may say about meter and association; None where the model decides."""

    serial: str | None
    model: str
    client_sap: int | None = None
    server_sap: int | None = None
    physical: int | None = None
    address_size: str = "1"
    auth: str | None = None
    secret_file: Path | None = None
    max_info: int | None = None
    max_pdu: int | None = None


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
    session = ClientSession(_association(model, options))
    steps: list[str] = []

    def step(current: Step) -> None:
        steps.append(current.name)

    async def work() -> JobReport:
        clock = SystemClock()
        started = clock.now()
        async with open_link(address) as link:
            watcher = Watcher(step=step, log=say, expert=lambda _: None)
            result = await drive(reading(model, serial), session, link, wanted.label, clock, watcher, PATIENCE)
        return JobReport(wanted, model.name, started, clock.now(), reading_payload(result), steps)

    return asyncio.run(work())


def _association(model: MeterModel, options: JobOptions) -> AssociationSettings:
    """The model's association, as far as the command line does not say otherwise.

    A model that wants a password is read as public client (SAP 16) where none is given.
    """
    secret = None if options.secret_file is None else options.secret_file.read_bytes().rstrip(b"\r\n")
    defaults = model.association
    authentication = options.auth or (defaults.authentication if secret else "none")
    if authentication == "lls" and secret is None:
        raise InputError(code="bad-input", field="--secret-file")
    public = authentication == "none"
    client_sap = options.client_sap if options.client_sap is not None else 16 if public else defaults.client_sap
    given: dict[str, Any] = {"physical": options.physical, "max_info": options.max_info, "max_pdu": options.max_pdu}
    return AssociationSettings(
        client_sap=client_sap,
        server_sap=defaults.server_sap if options.server_sap is None else options.server_sap,
        address_size=cast(Literal[1, 2, 4], int(options.address_size)),
        authentication=cast(Literal["none", "lls"], authentication),
        secret=secret,
        **{name: value for name, value in given.items() if value is not None},
    )


def _utc_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
