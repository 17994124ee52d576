"""Rows that come twice, because a resumed fetch starts a little before the place where it was cut."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

BACK = timedelta(hours=2)
"""How far before the last row a fetch starts again. The meter's clock may have been set back by as much, as at the end
of summer time, so that rows after the last one have earlier moments; a row further back would be missed."""


class Overlap:
    """Tells new rows from those that are stored already.

    The meter repeats the rows of this fetch in the same order, so the second of two equal rows is not taken for the
    first. Rows of earlier visits are recognised by their moment and cells alone.
    """

    def __init__(self, own: Sequence[str], former: frozenset[str]) -> None:
        self._former = former
        self._next = 0
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        for place, row in enumerate(own):
            self._places[row].append(place)

    def is_new(self, row: str) -> bool:
        """Whether this row, the next that the meter gives, is not stored yet."""
        places = self._places.get(row, ())
        found = bisect_left(places, self._next)
        if found < len(places):
            self._next = places[found] + 1
            return False
        return row not in self._former

    def new(self, rows: Iterable[str]) -> list[bool]:
        """As `is_new`, for each of these."""
        return [self.is_new(row) for row in rows]
