"""What a job brought: a reading, a load profile, or any other result, and its file."""

import asyncio
import contextlib
from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from agent.api.cells import SheetCell, sheet_rows
from agent.api.job_files import JobFiles, csv_name, csv_of
from agent.api.jobs import JobId, JobInfo, job_info
from agent.api.load_profiles import ProfileView, profile_view
from agent.api.message import PageMessage, optional_text
from agent.api.rpc import method
from agent.api.sessions import PageSession
from agent.domain.errors import EplusError
from agent.domain.exchange import QuantityPayload, ReadingPayload, ResultPayload, parse_result, warnings_of
from agent.domain.result_tables import BreakerWord, breaker_word, table_of
from agent.store import Store, directory, jobs, load_profiles
from agent.store.jobs import JobRecord


class Register(PageMessage):
    """A line of the register sheet: `value` is a decimal string, in `unit`; `share` of the total in ‰."""

    name: str
    obis: str
    value: str
    unit: str
    share: int


class ReadingView(PageMessage):
    """`breaker` is `connected`, `disconnected`, `ready` or none; times are ISO 8601 with the meter's offset; the words
    of `warnings` are in `domain/words/warnings`."""

    kind: Literal["reading"] = "reading"
    serial: str
    pod: str | None
    registers: list[Register]
    total: Register
    meter_time: str | None
    drift_s: int | None
    app_version: str | None
    breaker: BreakerWord | None
    warnings: list[str]


class SheetView(PageMessage):
    """Any other result: rows under named columns (`item value unit`, `item before after unit`, …)."""

    kind: Literal["sheet"] = "sheet"
    serial: str
    pod: str | None
    columns: list[str]
    rows: list[list[SheetCell | None]]
    warnings: list[str]


class JobView(PageMessage):
    """A settled job as its pop-up shows it; `csv` is the file's text, `csv_name` its name. A load profile's file is not
    in here, it comes from `GET /jobs/<id>.csv`; one that was interrupted is shown with the rows that came."""

    job: JobInfo
    result: Annotated[ReadingView | SheetView | ProfileView, Field(discriminator="kind")] | None
    csv: str | None
    csv_name: str | None


class SavedFile(PageMessage):
    """Where it was saved."""

    path: str


def job_view(record: JobRecord, pod: str | None, culture: str) -> JobView:
    """The pop-up of a job without rows in the store; a job without a result has no file."""
    if record.result is None:
        return JobView(job=job_info(record), result=None, csv=None, csv_name=None)
    name, content = csv_of(record, culture)
    return JobView(
        job=job_info(record),
        result=_view(parse_result(record.result or {}), pod),
        csv=content.decode("utf-8-sig"),
        csv_name=name,
    )


class ResultMethods:
    """Results, shown and saved; `csv` and `rows` are for downloads."""

    def __init__(self, store: Store, session: PageSession, files: JobFiles) -> None:
        self._store = store
        self._session = session
        self._files = files

    @method("job.view")
    async def view(self, request: JobId) -> JobView:
        """Raises: InputError `unknown-job`, LoginRefused."""
        self._session.user()
        with self._store.read() as db:
            record = jobs.get(db, request.job)
            meter = directory.find(db, record.serial)
            pod = None if meter is None else meter.pod
            if (stored := load_profiles.find(db, request.job)) is None:
                return job_view(record, pod, self._session.culture)
            shown = profile_view(db, stored, pod, record.result, self._session.culture)
        name = None if shown is None else csv_name(record)
        return JobView(job=job_info(record), result=shown, csv=None, csv_name=name)

    @method("job.save_csv")
    async def save_csv(self, request: JobId) -> SavedFile:
        """Raises: InputError `unknown-job`, LoginRefused, StorageFull, StoreError."""
        self._session.user()
        return SavedFile(path=await asyncio.to_thread(self._files.save, request.job, self._session.culture))

    def csv(self, job: str) -> tuple[str, Iterable[bytes]] | None:
        """File name and content; None for a job that has no result, or is not here, or nobody is logged in."""
        with contextlib.suppress(EplusError):
            self._session.user()
            return self._files.csv(job, self._session.culture)
        return None

    def rows(self, job: str) -> Iterable[bytes] | None:
        """JSON of `ProfileColumns`; None for a job that has no rows, or is not here, or nobody is logged in."""
        with contextlib.suppress(EplusError):
            self._session.user()
            return self._files.rows(job)
        return None


def _view(result: ResultPayload, pod: str | None) -> ReadingView | SheetView:
    if isinstance(result, ReadingPayload):
        return _reading_view(result, pod)
    table = table_of(result)
    columns, rows = list(table.columns), sheet_rows(table)
    return SheetView(serial=result.serial, pod=pod, columns=columns, rows=rows, warnings=warnings_of(result))


def _reading_view(reading: ReadingPayload, pod: str | None) -> ReadingView:
    total = Decimal(reading.total.value)
    return ReadingView(
        serial=reading.serial,
        pod=pod,
        registers=[_register(name.upper(), quantity, total) for name, quantity in reading.tariffs.items()],
        total=_register("total", reading.total, total),
        meter_time=optional_text(reading.meter_time),
        drift_s=reading.drift_s,
        app_version=reading.app_version,
        breaker=breaker_word(reading.breaker),
        warnings=reading.warnings,
    )


def _register(name: str, quantity: QuantityPayload, total: Decimal) -> Register:
    value = Decimal(quantity.value)
    share = int(value * 1000 / total) if total else 0
    return Register(name=name, obis=quantity.obis, value=quantity.value, unit=quantity.unit, share=share)
