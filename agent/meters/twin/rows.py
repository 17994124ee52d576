"""Rows of a profile as the meter sent them: counted, timed, and filled where they leave out what came before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agent.dlms import AttributeDescriptor, Data, Tag
from agent.dlms.axdr.coding import encode
from agent.dlms.axdr.data import DELTAS
from agent.dlms.cosem.clock import ClockStatus, CosemDateTime, decode_date_time
from agent.dlms.cosem.dates import CosemDate, CosemTime
from agent.domain.errors import LocalProtocolError, MalformedData
from agent.meters.twin.model import CLOCK, TIME


def rows_of(buffer: Data) -> tuple[Data, ...]:
    """Its rows, none if it is no buffer."""
    if buffer.tag is Tag.COMPACT_ARRAY:
        rows: tuple[Data, ...] = buffer.value.elements
        return rows
    return buffer.value if buffer.tag is Tag.ARRAY else ()


@dataclass(frozen=True)
class RowShape:
    """What the cells of a profile's rows are, and the seconds between two rows (0 where that is not fixed)."""

    columns: tuple[AttributeDescriptor, ...] = ()
    period: int = 0


def part_of(buffer: Data, rows: Sequence[int], shape: RowShape, cells: Sequence[int] | None = None) -> Data:
    """The buffer with these rows and cells only, counted from 0. A row that does not follow the one before it in the
    buffer is filled, as it may leave out what came before."""
    every = rows_of(buffer)
    whole = filled(every, shape) if rows else []
    follows = [row > 0 and place > 0 and rows[place - 1] == row - 1 for place, row in enumerate(rows)]
    chosen = [every[row] if follows[place] or row == 0 else whole[row] for place, row in enumerate(rows)]
    if cells is not None:
        chosen = [replace(row, value=tuple(row.value[cell] for cell in cells)) for row in chosen]
    if buffer.tag is Tag.COMPACT_ARRAY:
        compact = replace(buffer, value=replace(buffer.value, elements=tuple(chosen)))
        if cells is None and _is_sound(compact):
            return compact
    return Data(Tag.ARRAY, tuple(chosen))


def filled(rows: Sequence[Data], shape: RowShape) -> list[Data]:
    """The rows with whole cells; a clock's is the one before plus the period. What cannot be filled stays as it is."""
    clocks = [_is_clock(column) for column in shape.columns]
    found: list[Data] = []
    before: tuple[Data, ...] = ()
    for row in rows:
        if row.tag is Tag.STRUCTURE and len(row.value) == len(before) == len(clocks):
            cells = zip(before, row.value, clocks, strict=True)
            row = replace(row, value=tuple(_whole(*cell, shape.period) for cell in cells))
        before = row.value if row.tag is Tag.STRUCTURE else ()
        found.append(row)
    return found


def row_times(rows: Sequence[Data], shape: RowShape) -> list[datetime | None]:
    """The time of each row, None where it is not known."""
    place = next((number for number, column in enumerate(shape.columns) if _is_clock(column)), None)
    return [None if place is None else _time(row, place) for row in filled(rows, shape)]


def later(octets: bytes, by: timedelta) -> bytes:
    """A date-time of twelve octets, so much later; unspecified parts stay so. The same if it is no moment."""
    if not by:
        return octets
    try:
        known = decode_date_time(octets)
        moment = known.to_datetime()
        if moment is None:
            return octets
        moment += by
    except (MalformedData, OverflowError):
        return octets
    day = CosemDate(moment.year, moment.month, moment.day, known.date.day_of_week and moment.isoweekday())
    hundredths = None if known.time.hundredths is None else moment.microsecond // 10_000
    second = None if known.time.second is None else moment.second
    status: ClockStatus | None = known.status
    return bytes(CosemDateTime(day, CosemTime(moment.hour, moment.minute, second, hundredths), known.deviation, status))


def _whole(before: Data, cell: Data, is_clock: bool, period: int) -> Data:
    if cell.tag is Tag.NULL:
        if is_clock and isinstance(before.value, bytes):
            return replace(before, value=later(before.value, timedelta(seconds=period)))
        return before
    if cell.tag in DELTAS and isinstance(before.value, int):
        return replace(before, value=before.value + cell.value)
    return cell


def _is_sound(data: Data) -> bool:
    try:
        encode(data)
    except LocalProtocolError:
        return False
    return True


def _is_clock(column: AttributeDescriptor) -> bool:
    return (column.class_id, column.attribute) == (CLOCK, TIME)


def _time(row: Data, place: int) -> datetime | None:
    if row.tag is not Tag.STRUCTURE or place >= len(row.value) or not isinstance(row.value[place].value, bytes):
        return None
    try:
        return decode_date_time(row.value[place].value).to_datetime()
    except MalformedData:
        return None
