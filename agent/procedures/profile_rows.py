"""The rows of a profile in a range of time: by range, else by entry, else the whole buffer, filtered here."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agent.dlms import AttributeDescriptor, DataAccessResult, Obis
from agent.dlms.cosem.names import SelectiveAccess
from agent.dlms.cosem.selection import CLOCK_COLUMN, EntryDescriptor, RangeDescriptor
from agent.dlms.profile_buffer.expansion import Expansion
from agent.procedures.dialogue import Dialogue, ReadRows, Remark, TakeRows
from agent.procedures.profile_generic import BUFFER, PROFILE_GENERIC, ProfileShape, entries_in_use, entry
from agent.procedures.values import refused

Row = tuple[Any, ...]
Tell = Callable[[int | None], None]
"""Gets an estimate of the seconds that reading takes, where more than the range is read; None where nobody knows."""

ROWS_SET_ASIDE = "rows-set-aside"
"""The warning that rows which make no sense were left out."""
CLOCK_SET = timedelta(hours=2)
"""By how much a clock may have been set, as at the end of summer time, without a row being missed by its number."""
_NO_SUCH_PROFILE = (DataAccessResult.OBJECT_UNDEFINED, DataAccessResult.OBJECT_CLASS_INCONSISTENT)


@dataclass
class RowReader:
    """Reads a profile and passes its rows to `release`; `odd` is called where odd rows are left out."""

    profile: Obis
    known: ProfileShape
    release: TakeRows
    tell: Tell = lambda _seconds: None
    odd: Callable[[], None] = lambda: None
    _released: bool = field(default=False, init=False)

    def between(self, first: datetime, last: datetime, slice_length: timedelta | None = None) -> Dialogue[None]:
        """Passes on the rows from `first` to `last`, both included, in the meter's order, filled, with their times.

        Without slices, rows are released as the meter's frames or blocks come in. Where one authentication tag covers
        a whole answer, none of it can be trusted before its end. Then the range is read in slices of `slice_length`,
        so that a lost link costs one slice.

        A meter that does not select by range is asked by entry, else for all its rows; of those, a row without a time
        is kept. How long that takes is said before.

        Raises:
            AccessRefused: the meter does not give the rows.
            RemoteRefusal: it refuses the request as a whole.
            MalformedData: what it gives is no buffer; rows released before are sound.
        """
        refusal = yield from self._by_range(first, last, slice_length)
        if refusal is None:
            return
        if self._released or refusal in _NO_SUCH_PROFILE:
            raise refused(self._buffer(None), refusal)
        yield Remark(f"The meter does not select rows by time ({refusal.words})")
        within = _within(first, last, self.known.clock)
        held = yield from entries_in_use(self.profile)
        if (entries := (yield from self._entries(first, last, held))) is not None:
            yield from self._announce(f"entries {entries[0]} to {entries[1]}", entries[1] - entries[0] + 1)
            if (yield from self._read(EntryDescriptor(*entries).access(), within)) is None:
                return
        yield from self._announce("all its rows", held)
        if (refusal := (yield from self._read(None, within))) is not None:
            raise refused(self._buffer(None), refusal)

    def _by_range(
        self, first: datetime, last: datetime, slice_length: timedelta | None
    ) -> Dialogue[DataAccessResult | None]:
        restricting = self.known.clock_object or CLOCK_COLUMN
        for begin, end in _slices(first, last, slice_length, timedelta(seconds=self.known.capture_period)):
            access = RangeDescriptor(begin, end, restricting=restricting).access()
            if (refusal := (yield from self._read(access))) is not None:
                return refusal
        return None

    def _read(
        self, access: SelectiveAccess | None, keep: Callable[[list[Row]], list[Row]] = lambda rows: rows
    ) -> Dialogue[DataAccessResult | None]:
        """Why the meter gives no rows, or None. Raises: AccessRefused, if it refuses after it has given some."""
        expansion = Expansion(self.known.names, self.known.step)

        def take(batch: Sequence[Row]) -> Awaitable[None] | None:
            rows = keep(expansion.rows(batch))
            if expansion.set_aside:
                self.odd()
            self._released = self._released or bool(rows)
            return self.release(rows)

        part = self._buffer(access)
        refusal = yield ReadRows(part, len(self.known.columns), take)
        if not isinstance(refusal, DataAccessResult):
            return None
        if self._released:
            raise refused(part, refusal)
        return refusal

    def _entries(self, first: datetime, last: datetime, held: int | None) -> Dialogue[tuple[int, int] | None]:
        """The numbers of the entries among which all rows of the range are; None if that cannot be told.

        They are estimated from the newest row and the capture period, and widened until the rows at both ends are
        outside the range: a profile may have gaps, and a clock may have been set.
        """
        first, last = _earlier(first, CLOCK_SET), _earlier(last, -CLOCK_SET)
        period = timedelta(seconds=self.known.capture_period)
        if not held or not period or self.known.direction is None or self.known.clock is None:
            return None
        newest = yield from self._time(0, held)
        if newest is None:
            return None
        oldest_age = min(held - 1, max(0, (newest - first) // period + 1))
        while oldest_age < held - 1 and not _is_before((yield from self._time(oldest_age, held)), first):
            oldest_age = min(held - 1, 2 * oldest_age + 1)
        newest_age = min(oldest_age, max(0, (newest - last) // period))
        while newest_age > 0 and not _is_before(last, (yield from self._time(newest_age, held))):
            newest_age //= 2
        ends = sorted((self._number(oldest_age, held), self._number(newest_age, held)))
        return ends[0], ends[1]

    def _number(self, age: int, held: int) -> int:
        """Of the entry that is so many rows older than the newest."""
        return held - age if self.known.direction == 1 else age + 1

    def _time(self, age: int, held: int) -> Dialogue[datetime | None]:
        row = yield from entry(self.profile, self.known, self._number(age, held))
        return None if row is None or self.known.clock is None else aware(row[self.known.clock])

    def _announce(self, what: str, rows: int | None) -> Dialogue[None]:
        seconds = None if rows is None else self.known.seconds(rows)
        self.tell(seconds)
        yield Remark(f"Reading {what}, " + ("nobody knows how long" if seconds is None else f"about {seconds} s"))

    def _buffer(self, access: SelectiveAccess | None) -> AttributeDescriptor:
        return AttributeDescriptor(PROFILE_GENERIC, self.profile, BUFFER, access)


def aware(time: datetime | None) -> datetime | None:
    """A row's time with its zone: this machine's, where the meter's clock does not give it. None if it has none, or
    lies outside the calendar."""
    try:
        return time if time is None or time.tzinfo else time.astimezone()
    except (OverflowError, ValueError, OSError):
        return None


def _earlier(time: datetime, by: timedelta) -> datetime:
    try:
        return time - by
    except OverflowError:
        return time


def _is_before(time: datetime | None, other: datetime | None) -> bool:
    return time is not None and other is not None and time < other


def _within(first: datetime, last: datetime, clock: int | None) -> Callable[[list[Row]], list[Row]]:
    """Keeps the rows in the range, and those without a time."""

    def keeps(row: Row) -> bool:
        time = None if clock is None else aware(row[clock])
        return time is None or first <= time <= last

    return lambda rows: list(filter(keeps, rows))


def _slices(
    first: datetime, last: datetime, length: timedelta | None, period: timedelta
) -> Iterator[tuple[datetime, datetime]]:
    """Ranges without gap or overlap: both ends are included, so each begins one period after the one before it."""
    if length is None:
        yield first, last
        return
    while first <= last:
        end = min(first + length, last)
        yield first, end
        first = end + max(period, timedelta(seconds=1))
