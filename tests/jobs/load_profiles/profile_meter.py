"""A meter whose load profile holds just the rows that it is given, sound or not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from agent.dlms import Data, DataAccessResult, SelectiveAccess, Tag
from agent.dlms.cosem.capture import CaptureObject, SortMethod, capture_object
from agent.dlms.cosem.clock import decode_date_time, encode_date_time
from agent.dlms.cosem.selection import EntryDescriptor, read_selection
from agent.dlms.xdlms.common import Result
from agent.domain.errors import MalformedData
from agent.simulator.meter import SimulatedMeter
from agent.simulator.objects import PROFILE_GENERIC, CosemObject
from tests.dlms.virtual_line import COLUMNS, LAST_ROW, LOAD_PROFILE
from tests.jobs.memory_line import SAMPLE

QUARTER = timedelta(minutes=15)
NOW = LAST_ROW + timedelta(minutes=5)
Row = tuple[Data, ...]


def clock(moment: datetime) -> Data:
    return Data(Tag.OCTET_STRING, encode_date_time(moment))


NO_MOMENT = Data(Tag.OCTET_STRING, b"\xff" * 12)
"""What a clock that was never set says."""


def row(moment: datetime | Data, value: int, status: int = 0) -> Row:
    time = moment if isinstance(moment, Data) else clock(moment)
    return time, Data(Tag.UNSIGNED, status), number(value), number(value // 3)


def number(value: int) -> Data:
    return Data(Tag.DOUBLE_LONG_UNSIGNED, value)


class GivenRows:
    """The profile, in the order of `rows`; `moments` says where each lies for a selection by range, None always in.

    `refusals` are the answers to selections that it does not know, by selector; None is the whole buffer. An answer
    of None is an exception (a malformed request, as it says).
    """

    def __init__(self, rows: list[Row], moments: list[datetime | None], period: int = 900) -> None:
        self.rows, self.moments, self.period = rows, moments, period
        self.columns: tuple[CaptureObject, ...] = COLUMNS
        self.sort_method, self.sort_object = SortMethod.FIFO, COLUMNS[0]
        self.refusals: dict[int | None, DataAccessResult | None] = {}
        self.asked: list[int | None] = []

    def as_object(self) -> CosemObject:
        return CosemObject(
            PROFILE_GENERIC,
            {
                3: lambda: Data(Tag.ARRAY, tuple(map(capture_object, self.columns))),
                4: lambda: number(self.period),
                5: lambda: Data(Tag.ENUM, self.sort_method),
                6: lambda: capture_object(self.sort_object),
                7: lambda: number(len(self.rows)),
                8: lambda: number(2880),
            },
            selections={2: self._select},
        )

    def _select(self, access: SelectiveAccess | None) -> Result:
        selector = None if access is None else access.selector
        self.asked.append(selector)
        if selector in self.refusals:
            if (refusal := self.refusals[selector]) is None:
                raise MalformedData("unknown access selector")
            return refusal
        wanted = None if access is None else read_selection(access)
        if wanted is None:
            chosen = self.rows
        elif isinstance(wanted, EntryDescriptor):
            chosen = self.rows[wanted.first - 1 : wanted.last or None]
        else:
            assert wanted.restricting in self.columns
            within = zip(self.rows, self.moments, strict=True)
            chosen = [row for row, at in within if at is None or wanted.first <= at <= wanted.last]
        return Data(Tag.ARRAY, tuple(Data(Tag.STRUCTURE, row) for row in chosen))


class GivenMeter(SimulatedMeter):
    """`held` may be changed between visits."""

    held: GivenRows

    def _make_objects(self) -> dict[str, CosemObject]:
        return super()._make_objects() | {LOAD_PROFILE: _late_object(lambda: self.held)}


def _late_object(held: Callable[[], GivenRows]) -> CosemObject:
    """Made before the meter knows its rows."""

    def read(number: int) -> Callable[[], Data]:
        return lambda: held().as_object().attributes[number]()

    return CosemObject(
        PROFILE_GENERIC,
        {number: read(number) for number in (3, 4, 5, 6, 7, 8)},
        selections={2: lambda access: held().as_object().selections[2](access)},
    )


def given_meter(rows: list[Row], moments: list[datetime | None] | None = None) -> GivenMeter:
    meter = GivenMeter(SAMPLE.serial, SAMPLE.energies, SAMPLE.lls_password, lambda: NOW)
    meter.held = GivenRows(rows, moments if moments is not None else moments_of(rows))
    return meter


def moments_of(rows: list[Row]) -> list[datetime | None]:
    return [decode_date_time(each[0].value).to_datetime() for each in rows]


def texts(rows: list[Row]) -> list[list[str | None]]:
    """What SMM is to get."""
    moments = moments_of(rows)
    return [
        [None if at is None else at.astimezone(UTC).isoformat(), *(str(cell.value) for cell in each[1:])]
        for each, at in zip(rows, moments, strict=True)
    ]
