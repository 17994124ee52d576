"""Load profiles as the engine runs them: what is wanted, who takes the rows, and what can go on after trouble."""

from sqlite_utils import Database

from agent.domain.activity import Activity
from agent.domain.errors import EplusError
from agent.domain.exchange import parameters_of, parse_parameters
from agent.domain.parameters import Info
from agent.domain.results import LoadProfile
from agent.jobs.driver import Driver, Request
from agent.jobs.profile_rows import RowKeeper
from agent.jobs.wish import CheckedWish
from agent.link import Link
from agent.store import load_profiles
from agent.store.jobs import JobRecord


def brings_rows(checked: CheckedWish) -> bool:
    return checked.activity is Activity.LOAD_PROFILE and checked.parameters.kind != "info"


def request_of(db: Database, record: JobRecord) -> Request:
    """What any other job asks of its driver."""
    parameters = parameters_of(parse_parameters(record.request), record.work_order)
    if isinstance(parameters, Info):
        parameters = Info(load_profiles.last_fetched(db, record.serial))
    return Request(record.activity, record.serial, parameters)


async def fetch_rows(record: JobRecord, keeper: RowKeeper, driver: Driver, link: Link) -> LoadProfile:
    """Brings what is left of a job's rows to the disk. What came is there also after an error.

    Raises:
        EplusError: of the driver, or of the store.
    """
    try:
        result = await driver.perform(Request(record.activity, record.serial, keeper.range, keeper.take), link)
    finally:
        await keeper.finish()
    assert isinstance(result, LoadProfile)
    return result


def can_go_on(record: JobRecord, error: EplusError) -> bool:
    """Whether a load profile that stopped with that error is left to be resumed."""
    return record.rows is not None and (error.retryable or error.code == "job-cancelled")
