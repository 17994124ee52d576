"""The last rows of a profile, for a twin: read by entry and by range, to see which of the two the meter obeys."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from agent.dlms import AttributeDescriptor, Conformance, Data, DataAccessResult, Obis, SelectiveAccess, Tag
from agent.dlms.axdr.data import INTEGERS
from agent.dlms.cosem.capture import SortMethod, read_capture_objects, read_count, read_sort_method
from agent.dlms.cosem.clock import read_date_time
from agent.dlms.cosem.selection import CLOCK_COLUMN, EntryDescriptor, RangeDescriptor
from agent.domain.errors import MalformedData
from agent.meters.twin.model import (
    BUFFER,
    CLOCK,
    ENTRIES_IN_USE,
    IGNORED,
    KEPT,
    PROFILE_GENERIC,
    TIME,
    UNTRIED,
    Outcome,
    Selections,
    Unanswered,
)
from agent.meters.twin.rows import RowShape, part_of, row_times, rows_of

EVENTS = 100
"""Rows of a profile that are not captured periodically."""
MOST_ROWS = 1000
"""A profile that is longer is not read as a whole."""
_DAY = 86_400


@dataclass
class ProfileEnd:
    """What is known of one profile. `asked` is how many rows are wanted, `clock` the meter's time."""

    profile: Obis
    shape: RowShape
    in_use: int | None
    lifo: bool
    clock: datetime | None
    asked: int
    may_select: bool
    _found: dict[str, Outcome] = field(default_factory=dict)
    _now: str = ""

    def next(self) -> AttributeDescriptor | None:
        """The part of the buffer that is to be read now; None when all is known."""
        for name, access in self._parts():
            if name not in self._found:
                self._now = name
                return AttributeDescriptor(PROFILE_GENERIC, self.profile, BUFFER, access)
        return None

    def take(self, outcome: Outcome) -> None:
        """What the meter answered to that."""
        self._found[self._now] = outcome

    def _parts(self) -> Iterator[tuple[str, SelectiveAccess | None]]:
        """One row by entry; if that is obeyed, as many as are wanted. Else those of a range, else all. Then one row by
        range."""
        if self.may_select and self.in_use:
            yield "entry", self._entries(1)
            if self._obeys("entry", self._is_one) == KEPT:
                yield "entries", self._entries(self.asked)
        if self.may_select and self.clock is not None and self.in_use != 0 and not self._rows():
            span = timedelta(seconds=self.asked * self.shape.period or _DAY)
            last = self.clock.replace(microsecond=0)
            yield "span", RangeDescriptor(last - span, last).access()
        if not self._rows() and (self.in_use or 0) <= MOST_ROWS:
            yield "whole", None
        if self.may_select and (newest := self._newest()) is not None:
            yield "range", RangeDescriptor(newest, newest).access()

    def _entries(self, count: int) -> SelectiveAccess:
        in_use = self.in_use or 0
        if self.lifo:
            return EntryDescriptor(1, min(count, in_use)).access()
        return EntryDescriptor(max(1, in_use - count + 1), in_use).access()

    # ── what came of it ──

    def selections(self) -> Selections:
        """Whether it obeys."""
        name = "range" if "range" in self._found else "span"
        return Selections(range=self._obeys(name, self._is_newest), entry=self._obeys("entry", self._is_one))

    def buffer(self) -> Outcome:
        """The buffer with the rows that are kept; what the meter said where it gives none."""
        rows = self._rows()
        for name in ("entries", "span", "whole", "entry"):
            found = self._found.get(name)
            if isinstance(found, Data) and (rows_of(found) == rows or not rows):
                count = len(rows)
                kept = range(min(count, self.asked)) if self.lifo else range(max(0, count - self.asked), count)
                return part_of(found, kept, self.shape)
        return self._found.get("whole", _NOT_READ)

    def entries_in_use(self, known: Outcome | None) -> Outcome | None:
        """Attribute 7 as it is in a meter that has no other rows than these, of the type that the meter's has."""
        buffer = self.buffer()
        count = len(rows_of(buffer)) if isinstance(buffer, Data) else 0
        if not count or not isinstance(known, Data) or known.tag not in INTEGERS:
            return known
        return replace(known, value=min(known.value, count))

    def _rows(self) -> tuple[Data, ...]:
        names = ("entries", "span", "whole", *(("entry",) if self._obeys("entry", self._is_one) == IGNORED else ()))
        found = (self._found.get(name) for name in names)
        return next((rows for each in found if isinstance(each, Data) and (rows := rows_of(each))), ())

    def _newest(self) -> datetime | None:
        times = row_times(self._rows(), self.shape)
        return (times[0] if self.lifo else times[-1]) if times else None

    def _obeys(self, name: str, is_right: Callable[[Data], bool]) -> str:
        outcome = self._found.get(name)
        if outcome is None:
            return UNTRIED
        if isinstance(outcome, Data):
            return KEPT if outcome.tag in (Tag.ARRAY, Tag.COMPACT_ARRAY) and is_right(outcome) else IGNORED
        return outcome.words if isinstance(outcome, DataAccessResult) else outcome.code

    def _is_one(self, rows: Data) -> bool:
        return len(rows_of(rows)) <= 1

    def _is_newest(self, rows: Data) -> bool:
        newest = self._newest()
        return newest is None or set(row_times(rows_of(rows), self.shape)) <= {newest}


_NOT_READ = Unanswered("not-read")


def profile_end(
    profile: Obis, answers: Mapping[AttributeDescriptor, Outcome], asked: int | None, granted: Conformance
) -> ProfileEnd:
    """What the meter has said of the profile so far; what it has not said is left open."""

    def known(number: int, read: Any, otherwise: Any) -> Any:
        value = answers.get(AttributeDescriptor(PROFILE_GENERIC, profile, number))
        try:
            return read(value) if isinstance(value, Data) else otherwise
        except MalformedData:
            return otherwise

    period = known(4, read_count, 0)
    columns = known(3, read_capture_objects, ())
    return ProfileEnd(
        profile,
        RowShape(tuple(AttributeDescriptor(each.class_id, each.obis, each.attribute) for each in columns), period),
        in_use=known(ENTRIES_IN_USE, read_count, None),
        lifo=known(5, read_sort_method, SortMethod.FIFO) is SortMethod.LIFO,
        clock=_clock(answers) if CLOCK_COLUMN in columns else None,
        asked=asked or (max(2, _DAY // period) if period else EVENTS),
        may_select=Conformance.SELECTIVE_ACCESS in granted,
    )


def _clock(answers: Mapping[AttributeDescriptor, Outcome]) -> datetime | None:
    """The time of the meter's own clock; None where it has none that is set."""
    value = answers.get(AttributeDescriptor(CLOCK, CLOCK_COLUMN.obis, TIME))
    try:
        return read_date_time(value).to_datetime() if isinstance(value, Data) else None
    except MalformedData:
        return None
