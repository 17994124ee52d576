"""Load profiles in the job engine: what is asked for, where the rows go, and what can be resumed after an error."""

from datetime import datetime

from sqlite_utils import Database

from agent.domain.activity import Activity
from agent.domain.errors import EplusError, StoreError
from agent.domain.exchange import JobParameters, RangeParameters, parameters_of, parse_parameters
from agent.domain.parameters import BEGINNING, ReadInfo, ReadRange, past_range
from agent.drivers.driver import Driver, DriverRequest
from agent.jobs.load_profiles.row_keeper import RowKeeper, WantedRows, wanted_rows
from agent.jobs.request import CheckedRequest
from agent.link import Link
from agent.store import load_profiles
from agent.store.jobs import JobRecord


def rows_asked_for(db: Database, checked: CheckedRequest, now: datetime) -> WantedRows | None:
    """The rows that a load profile is asked for; None for any other job.

    Raises:
        InputError: `bad-range`, of an event log too.
    """
    if _keeps_no_rows_of_a_range(checked.activity):
        _range_of_events(checked.parameters, now)
    if not checked.activity.facts.brings_rows or checked.parameters.kind == "info":
        return None
    return wanted_rows(db, checked.serial, checked.parameters, now)


def request_of(db: Database, record: JobRecord, now: datetime) -> DriverRequest:
    """What the driver is asked to do, for a job whose rows are not kept one by one."""
    message = parse_parameters(record.request)
    if _keeps_no_rows_of_a_range(record.activity):
        return DriverRequest(record.activity, record.serial, _range_of_events(message, now))
    parameters = parameters_of(message, record.work_order)
    if isinstance(parameters, ReadInfo):
        parameters = ReadInfo(load_profiles.last_fetched(db, record.serial))
    return DriverRequest(record.activity, record.serial, parameters)


def _keeps_no_rows_of_a_range(activity: Activity) -> bool:
    """Such as an event log, which comes whole."""
    return "range" in activity.facts.parameters and not activity.facts.brings_rows


def _range_of_events(message: JobParameters, now: datetime) -> ReadRange:
    asked = message if isinstance(message, RangeParameters) else RangeParameters()
    return past_range(asked.first or BEGINNING, asked.last or now, now)


async def fetch_rows(record: JobRecord, keeper: RowKeeper, driver: Driver, link: Link) -> None:
    """Fetches the missing rows of a job and keeps them. Rows that came before an error stay.

    Raises:
        EplusError: of the driver, or of the store.
    """
    try:
        await driver.perform(DriverRequest(record.activity, record.serial, keeper.range, keeper.take), link)
    finally:
        await keeper.finish()
    await keeper.complete()


def can_be_resumed(record: JobRecord, error: EplusError) -> bool:
    """Whether a load profile that stopped with this error can be resumed."""
    may_pass = error.retryable or isinstance(error, StoreError) or error.code == "job-cancelled"
    return record.rows is not None and may_pass
