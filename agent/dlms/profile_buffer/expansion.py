"""Rows as the meter captured them, from rows with null-data compression and differences (class 7)."""

from collections.abc import Sequence
from copy import copy
from typing import Any

from agent.dlms.cosem.names import AttributeDescriptor
from agent.dlms.cosem.registers import holds_time
from agent.dlms.profile_buffer.cells import ODD_ROW, Row
from agent.dlms.profile_buffer.columns import Times, Values
from agent.domain.errors import LocalProtocolError, MalformedData

_CLOCK, _TIME = 8, 2


class Expansion:
    """Takes rows of one profile, batch after batch, as `RowStream` gives them, and fills in what they leave out.

    `columns` are the capture objects, `step` is the seconds from one row to the next: the capture period, negative
    where the newest row comes first, None where the order does not tell the time.

    A null cell has the value of the row before, or None if that is not known. In the columns of the clock (class 8,
    attribute 2) and of capture times whole cells become datetimes, None where they are no moment (as `clock_values`
    does). A null cell of the clock is the time of the row before plus `step`; None if that is not known.

    An odd row is left out and counted in `set_aside`; what the rows after it took from it is None, or makes them odd.
    """

    def __init__(self, columns: Sequence[AttributeDescriptor], step: int | None) -> None:
        self._columns = [_filler(column, step) for column in columns]
        self.set_aside = 0

    def rows(self, batch: Sequence[Row]) -> list[Row]:
        """The same rows, filled, without the odd ones.

        Raises:
            LocalProtocolError: a row has another number of columns.
        """
        if not set(map(len, batch)) - {len(self._columns)}:
            before = list(map(copy, self._columns))
            try:
                return self._filled(batch)
            except MalformedData:
                self._columns = before
        return [filled for row in batch if (filled := self._filled_alone(row)) is not None]

    def _filled(self, batch: Sequence[Row]) -> list[Row]:
        filled = [column.fill(cells) for column, cells in zip(self._columns, zip(*batch, strict=True), strict=False)]
        return list(zip(*filled, strict=True))

    def _filled_alone(self, row: Row) -> Row | None:
        """None for an odd row. Each of its columns goes on by itself, so that one odd cell costs no other column."""
        if row == ODD_ROW and self._columns:
            self._set_aside(self._columns)
            return None
        if len(row) != len(self._columns):
            raise LocalProtocolError("rows with another number of columns than named")
        cells: list[Any] = []
        odd: list[Times | Values] = []
        for column, cell in zip(self._columns, row, strict=True):
            try:
                cells += column.fill((cell,))
            except MalformedData:
                odd.append(column)
        if not odd:
            return tuple(cells)
        self._set_aside(odd)
        return None

    def _set_aside(self, unknown: Sequence[Times | Values]) -> None:
        self.set_aside += 1
        for column in unknown:
            column.forget()


def expand(rows: Sequence[Row], columns: Sequence[AttributeDescriptor], step: int | None) -> list[Row]:
    """All rows of a profile at once; see `Expansion`."""
    return Expansion(columns, step).rows(rows)


def _filler(column: AttributeDescriptor, step: int | None) -> Times | Values:
    if column.class_id == _CLOCK and column.attribute == _TIME:
        return Times(step)
    return Times(0) if holds_time(column.class_id, column.attribute) else Values()
