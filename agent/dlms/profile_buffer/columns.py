"""The columns of a profile, each filled with what its null cells and differences leave out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from agent.dlms.axdr.data import INTEGERS
from agent.dlms.cosem.clock import clock_values
from agent.dlms.profile_buffer.cells import Delta
from agent.domain.errors import MalformedData


class Values:
    """A column of values, and the last of them."""

    def __init__(self) -> None:
        self._last: Any = None

    def fill(self, cells: Sequence[Any]) -> Sequence[Any]:
        """The cells that follow, filled.

        Raises:
            MalformedData: a difference without a base, or a sum outside its type's range.
        """
        if not {type(None), Delta} & set(map(type, cells)):
            self._last = cells[-1]
            return cells
        return [self._follow(cell) for cell in cells]

    def forget(self) -> None:
        """The last value is not known."""
        self._last = None

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


class Times:
    """A column of times, and the last of them; a null cell is `step` seconds later, None: no one knows when."""

    def __init__(self, step: int | None) -> None:
        self._step = None if step is None else timedelta(seconds=step)
        self._last: datetime | None = None

    def fill(self, cells: Sequence[Any]) -> Sequence[datetime | None]:
        """The cells that follow, as times."""
        whole = [cell for cell in cells if cell is not None]
        times = _times(whole)
        if len(times) == len(cells):
            self._last = times[-1]
            return times
        following = iter(times)
        return [self._follow(next(following) if cell is not None else self._next()) for cell in cells]

    def forget(self) -> None:
        """The last time is not known."""
        self._last = None

    def _follow(self, time: datetime | None) -> datetime | None:
        self._last = time
        return time

    def _next(self) -> datetime | None:
        try:
            return None if self._last is None or self._step is None else self._last + self._step
        except OverflowError:
            return None


def _times(cells: Sequence[Any]) -> list[datetime | None]:
    """All at once, and one by one where one of them is no date-time."""
    if not set(map(type, cells)) - {bytes}:
        try:
            return clock_values(cells)
        except MalformedData:
            pass
    return [_time(cell) for cell in cells]


def _time(cell: Any) -> datetime | None:
    try:
        return clock_values([cell])[0] if isinstance(cell, bytes) else None
    except MalformedData:
        return None
