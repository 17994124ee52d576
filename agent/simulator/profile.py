"""A load profile of a simulated meter (class 7): its rows, parts of them, and the ways to say them shorter."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from agent.dlms import ActionReply, ActionResult, Data, DataAccessResult, SelectiveAccess, Tag
from agent.dlms.compact import CompactArray, TypeDescription
from agent.dlms.cosem.capture import CaptureObject, capture_object
from agent.dlms.cosem.clock import encode_date_time
from agent.dlms.cosem.selection import EntryDescriptor, RangeDescriptor, read_selection
from agent.dlms.xdlms.common import Result
from agent.domain.errors import MalformedData
from agent.simulator.objects import PROFILE_GENERIC, CosemObject

Row = tuple[Data, ...]
_FIFO = 1
_MAX_DELTA = 0xFF


class Compression(Enum):
    """How a buffer is said: every cell, equal cells as null, differences too, or types once for all."""

    NONE = "none"
    NULL = "null"
    DELTA = "delta"
    COMPACT = "compact"


@dataclass(frozen=True)
class Profile:
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
        return CosemObject(
            PROFILE_GENERIC,
            {
                3: lambda: Data(Tag.ARRAY, tuple(map(capture_object, self.columns))),
                4: lambda: Data(Tag.DOUBLE_LONG_UNSIGNED, int(self.period.total_seconds())),
                5: lambda: Data(Tag.ENUM, _FIFO),
                6: lambda: capture_object(self.columns[0]),
                7: lambda: Data(Tag.DOUBLE_LONG_UNSIGNED, self.capacity),
                8: lambda: Data(Tag.DOUBLE_LONG_UNSIGNED, self.capacity),
            },
            methods={1: _refuse, 2: _refuse},
            selections={2: self.select},
            version=1,
        )

    def select(self, access: SelectiveAccess | None) -> Result:
        """The buffer, or a part of it; columns that it does not have are a part that cannot be given."""
        try:
            selection = None if access is None else read_selection(access)
            moments, columns = self._part(selection)
        except MalformedData:
            return DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
        rows = [self._row(moment, columns) for moment in moments]
        return pack(rows, self.compression)

    def moments(self) -> list[datetime]:
        """Times of all rows that are held, oldest first."""
        now = self.now()
        seconds = int(self.period.total_seconds())
        newest = int(now.timestamp()) // seconds * seconds
        zone = now.tzinfo or UTC
        first = newest - (self.capacity - 1) * seconds
        return [datetime.fromtimestamp(at, zone) for at in range(first, newest + 1, seconds)]

    def _part(self, selection: RangeDescriptor | EntryDescriptor | None) -> tuple[list[datetime], list[int]]:
        moments, columns = self.moments(), list(range(len(self.columns)))
        if isinstance(selection, RangeDescriptor):
            first, last = _aware(selection.first, moments), _aware(selection.last, moments)
            if selection.columns:
                columns = [self._column(column) for column in selection.columns]
            return [moment for moment in moments if first <= moment <= last], columns
        if isinstance(selection, EntryDescriptor):
            if selection.first < 1 or selection.first_column < 1:
                raise MalformedData("entries count from 1")
            moments = moments[selection.first - 1 : selection.last or None]
            return moments, columns[selection.first_column - 1 : selection.last_column or None]
        return moments, columns

    def _column(self, wanted: CaptureObject) -> int:
        if wanted not in self.columns:
            raise MalformedData("no such column")
        return self.columns.index(wanted)

    def _row(self, moment: datetime, columns: list[int]) -> Row:
        cells = (Data(Tag.OCTET_STRING, encode_date_time(moment)), *self.values(moment))
        return tuple(cells[column] for column in columns)


def pack(rows: Sequence[Row], compression: Compression) -> Data:
    """The buffer with these rows."""
    if compression is Compression.COMPACT and rows:
        structures = tuple(Data(Tag.STRUCTURE, row) for row in rows)
        return Data(Tag.COMPACT_ARRAY, CompactArray(TypeDescription.of(structures[0]), structures))
    if compression in (Compression.NULL, Compression.DELTA):
        rows = _shortened(rows, with_deltas=compression is Compression.DELTA)
    return Data(Tag.ARRAY, tuple(Data(Tag.STRUCTURE, row) for row in rows))


def _shortened(rows: Sequence[Row], *, with_deltas: bool) -> list[Row]:
    """The clock's cell is null in all rows but the first: each follows the one before by the capture period."""
    short: list[Row] = []
    before: Row = ()
    for row in rows:
        pairs = zip(before, row, strict=True) if before else ()
        short.append(tuple(_short_cell(*pair, with_deltas=with_deltas) for pair in pairs) or row)
        before = row
    return short


def _short_cell(before: Data, cell: Data, *, with_deltas: bool) -> Data:
    if cell == before or cell.tag is Tag.OCTET_STRING:
        return Data(Tag.NULL, None)
    if with_deltas and cell.tag is Tag.DOUBLE_LONG_UNSIGNED and 0 <= cell.value - before.value <= _MAX_DELTA:
        return Data(Tag.DELTA_UNSIGNED, cell.value - before.value)
    return cell


def _aware(bound: datetime, moments: list[datetime]) -> datetime:
    return bound if bound.tzinfo or not moments else bound.replace(tzinfo=moments[0].tzinfo)


def _refuse(_parameters: Data | None) -> ActionReply:
    return ActionReply(ActionResult.READ_WRITE_DENIED)
