"""Rows that come a second time, because a fetch goes on from before where it was cut."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

BACK = timedelta(hours=2)
"""How far before the last row a fetch goes on. The meter's clock may have been set back by as much, as at the end of
summer time, and rows after the last one have earlier moments; a row further back than this would be missed."""


class Overlap:
    """Tells new rows from those that are here.

    The meter gives the rows of this fetch again in the same order, so that of two equal rows the second is not taken
    for the first. Rows of former visits are known by their moment and cells alone.
    """

    def __init__(self, own: Sequence[str], former: frozenset[str]) -> None:
        self._former = former
        self._next = 0
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        for place, row in enumerate(own):
            self._places[row].append(place)

    def is_new(self, row: str) -> bool:
        places = self._places.get(row, ())
        found = bisect_left(places, self._next)
        if found < len(places):
            self._next = places[found] + 1
            return False
        return row not in self._former

    def new(self, rows: Iterable[str]) -> list[bool]:
        return [self.is_new(row) for row in rows]
