"""A profile of a simulated meter (IEC 62056-6-2, class 7): its rows, selective access, and compressed encodings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from agent.dlms import ActionReply, ActionResult, Data, DataAccessResult, SelectiveAccess, Tag
from agent.dlms.axdr.compact_array import CompactArray, TypeDescription
from agent.dlms.cosem.capture import CaptureObject, capture_object
from agent.dlms.cosem.clock import decode_date_time, encode_date_time
from agent.dlms.cosem.selection import EntryDescriptor, RangeDescriptor, read_selection
from agent.dlms.xdlms.common import Result
from agent.domain.errors import MalformedData
from agent.simulator.objects import PROFILE_GENERIC, CosemObject

Row = tuple[Data, ...]
FIFO = 1
_MAX_DELTA = 0xFF
_DEVIATION_AND_STATUS = slice(9, 12)


class Compression(Enum):
    """How a buffer is encoded: every cell, unchanged cells as null, differences as well, or as a compact array."""

    NONE = "none"
    NULL = "null"
    DELTA = "delta"
    COMPACT = "compact"


@dataclass(frozen=True)
class SimulatedProfile:
    """`values(moment)` are the cells after the clock's; the newest row is at the last whole period before `now`.

    `columns` names the cells, the clock's first. `capacity` rows are kept.
    """

    columns: tuple[CaptureObject, ...]
    values: Callable[[datetime], Row]
    now: Callable[[], datetime]
    period: timedelta = timedelta(minutes=15)
    capacity: int = 2880
    compression: Compression = Compression.NONE

    def as_object(self) -> CosemObject:
        """The profile generic object."""
        return CosemObject(
            PROFILE_GENERIC,
            {
                3: lambda: Data(Tag.ARRAY, tuple(map(capture_object, self.columns))),
                4: lambda: Data(Tag.DOUBLE_LONG_UNSIGNED, int(self.period.total_seconds())),
                5: lambda: Data(Tag.ENUM, FIFO),
                6: lambda: capture_object(self.columns[0]),
                7: lambda: Data(Tag.DOUBLE_LONG_UNSIGNED, len(self.moments())),
                8: lambda: Data(Tag.DOUBLE_LONG_UNSIGNED, self.capacity),
            },
            methods={1: _refuse, 2: _refuse},
            selections={2: self.select},
            version=1,
        )

    def select(self, access: SelectiveAccess | None) -> Result:
        """The buffer or the selected part; a selection that does not fit is refused."""
        moments = self.moments()
        try:
            chosen, columns = selected(access, self.clock_times(moments), self.columns)
        except MalformedData:
            return DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
        rows = [self.row(moments[number]) for number in chosen]
        return self.sent([tuple(row[column] for column in columns) for row in rows])

    def sent(self, rows: list[Row]) -> Data:
        """The buffer that the meter sends for these rows."""
        return pack(rows, self.compression, self.period)

    def clock_times(self, moments: list[datetime]) -> list[datetime]:
        """What the meter's clock showed at these true times."""
        return moments

    def moments(self) -> list[datetime]:
        """True times of all rows kept, oldest first."""
        now = self.now()
        seconds = int(self.period.total_seconds())
        newest = int(now.timestamp()) // seconds * seconds
        zone = now.tzinfo or UTC
        first = newest - (self.capacity - 1) * seconds
        return [datetime.fromtimestamp(at, zone) for at in range(first, newest + 1, seconds)]

    def row(self, moment: datetime) -> Row:
        """The cells of the row captured at that true time."""
        return (Data(Tag.OCTET_STRING, encode_date_time(moment)), *self.values(moment))


def selected(
    access: SelectiveAccess | None, moments: Sequence[datetime], columns: Sequence[CaptureObject]
) -> tuple[Sequence[int], Sequence[int]]:
    """The rows, of these moments, and the columns that are selected, both counted from 0.

    Raises:
        MalformedData: the selection is malformed, or does not fit the profile.
    """
    rows, all_columns = range(len(moments)), range(len(columns))
    selection = None if access is None else read_selection(access)
    if isinstance(selection, RangeDescriptor):
        first, last = _aware(selection.first, moments), _aware(selection.last, moments)
        chosen = [_column(column, columns) for column in selection.columns] or all_columns
        return [row for row in rows if first <= moments[row] <= last], chosen
    if isinstance(selection, EntryDescriptor):
        if selection.first < 1 or selection.first_column < 1:
            raise MalformedData("entries count from 1")
        rows = rows[selection.first - 1 : selection.last or None]
        return rows, all_columns[selection.first_column - 1 : selection.last_column or None]
    return rows, all_columns


def pack(rows: Sequence[Row], compression: Compression, period: timedelta) -> Data:
    """The buffer with these rows; `period` is the capture period."""
    if compression is Compression.COMPACT and rows:
        structures = tuple(Data(Tag.STRUCTURE, row) for row in rows)
        return Data(Tag.COMPACT_ARRAY, CompactArray(TypeDescription.of(structures[0]), structures))
    if compression in (Compression.NULL, Compression.DELTA):
        rows = _shortened(rows, period, with_deltas=compression is Compression.DELTA)
    return Data(Tag.ARRAY, tuple(Data(Tag.STRUCTURE, row) for row in rows))


def _shortened(rows: Sequence[Row], period: timedelta, *, with_deltas: bool) -> list[Row]:
    """The clock's cell is null in a row that follows the one before by the capture period."""
    short: list[Row] = []
    before: Row = ()
    for row in rows:
        pairs = zip(before, row, strict=True) if before else ()
        short.append(tuple(_short_cell(*pair, period, with_deltas=with_deltas) for pair in pairs) or row)
        before = row
    return short


def _short_cell(before: Data, cell: Data, period: timedelta, *, with_deltas: bool) -> Data:
    if cell == before or (cell.tag is Tag.OCTET_STRING and _follows(before.value, cell.value, period)):
        return Data(Tag.NULL, None)
    if with_deltas and cell.tag is Tag.DOUBLE_LONG_UNSIGNED and 0 <= cell.value - before.value <= _MAX_DELTA:
        return Data(Tag.DELTA_UNSIGNED, cell.value - before.value)
    return cell


def _column(wanted: CaptureObject, columns: Sequence[CaptureObject]) -> int:
    if wanted not in columns:
        raise MalformedData("no such column")
    return columns.index(wanted)


def _follows(before: bytes, moment: bytes, period: timedelta) -> bool:
    earlier, later = decode_date_time(before).to_datetime(), decode_date_time(moment).to_datetime()
    on_time = earlier is not None and later is not None and later - earlier == period
    return on_time and before[_DEVIATION_AND_STATUS] == moment[_DEVIATION_AND_STATUS]


def _aware(bound: datetime, moments: Sequence[datetime]) -> datetime:
    return bound if bound.tzinfo or not moments else bound.replace(tzinfo=moments[0].tzinfo)


def _refuse(_parameters: Data | None) -> ActionReply:
    return ActionReply(ActionResult.READ_WRITE_DENIED)
