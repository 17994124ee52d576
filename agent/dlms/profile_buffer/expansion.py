"""Rows as the meter captured them, from rows with null-data compression and differences (class 7)."""

from collections.abc import Sequence
from copy import copy
from datetime import datetime, timedelta
from typing import Any

from agent.dlms.axdr.data import INTEGERS
from agent.dlms.cosem.clock import clock_values
from agent.dlms.cosem.names import AttributeDescriptor
from agent.dlms.profile_buffer.cells import Delta, Row
from agent.domain.errors import LocalProtocolError, MalformedData

_CLOCK, _TIME = 8, 2


class Expansion:
    """Takes rows of one profile, batch after batch, as `RowStream` gives them, and fills in what they leave out.

    `columns` are the capture objects, `capture_period` is in seconds.

    A null cell has the value of the row before, or None if no row before had one. In the column of the clock
    (class 8, attribute 2) whole cells become datetimes, None where not specified (as `clock_values` does), and a
    null cell is the time of the row before plus the capture period; None if that time is not known.
    """

    def __init__(self, columns: Sequence[AttributeDescriptor], capture_period: int) -> None:
        self._columns = [_Times(capture_period) if _is_clock(column) else _Values() for column in columns]
        self._broken: MalformedData | None = None

    def rows(self, batch: Sequence[Row]) -> list[Row]:
        """The same rows, filled. If a row is wrong, those before it are given, and the next call or `finish` raises.

        Raises:
            MalformedData: a difference without a base, a sum outside its type's range, or a clock without a date-time.
            LocalProtocolError: a row has another number of columns.
        """
        self.finish()
        before = list(map(copy, self._columns))
        try:
            return self._filled(batch)
        except MalformedData:
            self._columns = before
            return self._filled_one_by_one(batch)

    def finish(self) -> None:
        """Raises `MalformedData` if a row was wrong after others of its batch."""
        if self._broken is not None:
            raise self._broken

    def _filled_one_by_one(self, batch: Sequence[Row]) -> list[Row]:
        filled: list[Row] = []
        for row in batch:
            try:
                filled += self._filled([row])
            except MalformedData as error:
                if not filled:
                    raise
                self._broken = error
                break
        return filled

    def _filled(self, batch: Sequence[Row]) -> list[Row]:
        if set(map(len, batch)) - {len(self._columns)}:
            raise LocalProtocolError("rows with another number of columns than named")
        filled = [column.fill(cells) for column, cells in zip(self._columns, zip(*batch, strict=True), strict=False)]
        return list(zip(*filled, strict=True))


def expand(rows: Sequence[Row], columns: Sequence[AttributeDescriptor], capture_period: int) -> list[Row]:
    """All rows of a profile at once; see `Expansion`."""
    expansion = Expansion(columns, capture_period)
    filled = expansion.rows(rows)
    expansion.finish()
    return filled


def _is_clock(column: AttributeDescriptor) -> bool:
    return column.class_id == _CLOCK and column.attribute == _TIME


class _Values:
    """A column, and its last value."""

    def __init__(self) -> None:
        self._last: Any = None

    def fill(self, cells: Sequence[Any]) -> Sequence[Any]:
        if not {type(None), Delta} & set(map(type, cells)):
            self._last = cells[-1]
            return cells
        return [self._follow(cell) for cell in cells]

    def _follow(self, cell: Any) -> Any:
        if isinstance(cell, Delta):
            self._last = self._sum(cell)
        elif cell is not None:
            self._last = cell
        return self._last

    def _sum(self, delta: Delta) -> int:
        if not isinstance(self._last, int):
            raise MalformedData("a difference without a base")
        value = self._last + delta.difference
        if value not in INTEGERS[delta.type]:
            raise MalformedData("a sum outside the range of its type")
        return value


class _Times:
    """The column of the clock, and its last time."""

    def __init__(self, capture_period: int) -> None:
        self._period = timedelta(seconds=capture_period)
        self._last: datetime | None = None

    def fill(self, cells: Sequence[Any]) -> Sequence[Any]:
        whole = [cell for cell in cells if cell is not None]
        if set(map(type, whole)) - {bytes}:
            raise MalformedData("a clock without a date-time")
        times = clock_values(whole)
        if len(times) == len(cells):
            self._last = times[-1]
            return times
        following = iter(times)
        return [self._follow(next(following) if cell is not None else self._next()) for cell in cells]

    def _follow(self, time: datetime | None) -> datetime | None:
        self._last = time
        return time

    def _next(self) -> datetime | None:
        try:
            return None if self._last is None else self._last + self._period
        except OverflowError:
            raise MalformedData("a time beyond the calendar") from None
