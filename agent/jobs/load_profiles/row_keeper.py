"""Keeps the rows of one load profile in batches while they come in: a lost link or a killed agent costs one batch."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from agent.domain.channels import columns_of
from agent.domain.clock import Clock
from agent.domain.exchange import JobParameters, RangeParameters, cell_text, profile_payload
from agent.domain.parameters import BEGINNING, ReadRange, past_range
from agent.domain.results import Cell, LoadProfile
from agent.jobs.load_profiles.overlap import BACK, Overlap
from agent.store import CanWait, Store, load_profiles
from agent.store.load_profiles import KeptRow, StoredProfile

BATCH_ROWS, BATCH_SECONDS = 500, 2.0


@dataclass(frozen=True)
class WantedRows:
    """`new_only`: what this tablet does not have yet."""

    range: ReadRange
    new_only: bool


@dataclass(frozen=True)
class Fetched:
    """Progress: rows so far, and an estimate of the seconds left."""

    rows: int
    seconds_left: int | None


def wanted_rows(db: Database, serial: str, message: JobParameters, now: datetime) -> WantedRows:
    """The rows to ask for; without a range, all that this tablet does not have.

    Raises:
        InputError: `bad-range`.
    """
    given = message if isinstance(message, RangeParameters) else RangeParameters()
    last = given.last or now
    if given.first is not None:
        return WantedRows(past_range(given.first, last, now), new_only=False)
    fetched = load_profiles.last_fetched(db, serial)
    first = BEGINNING if fetched is None else min(fetched - BACK, last)
    return WantedRows(past_range(first, last, now), new_only=True)


class RowKeeper:
    """Takes the rows of a job and keeps them. `on_batch` gets the progress, once a batch."""

    def __init__(self, store: Store, job: str, clock: Clock, on_batch: Callable[[Fetched], None]) -> None:
        self._store = store
        self._clock = clock
        self._on_batch = on_batch
        with store.read() as db:
            found = load_profiles.find(db, job)
            assert found is not None
            self._profile = found
            self.range = _rest(found)
            self._overlap = _overlap(db, found, self.range)
        self._rows = found.rows
        self._pending: list[KeptRow] = []
        self._writing: asyncio.Future[None] | None = None
        self._shape: LoadProfile | None = None
        self._time: int | None = None
        self._seen = 0
        self._began = self._written = clock.monotonic()

    def take(self, part: LoadProfile) -> Awaitable[None] | None:
        """Keeps the part's rows. With a full batch it returns an awaitable that writes it, after the batch before: no
        more than two batches are ever held, and none follows one that could not be written."""
        if self._shape is None:
            self._begin(part)
        self._seen += len(part.rows)
        rows = [self._row(cells) for cells in part.rows]
        is_new = self._overlap.new(row.cells for row in rows)
        self._pending += [row for row, new in zip(rows, is_new, strict=True) if new]
        if len(self._pending) < BATCH_ROWS and self._clock.monotonic() - self._written < BATCH_SECONDS:
            return None
        return self._hand_over()

    async def finish(self) -> None:
        """Returns once all that was taken is on disk.

        Raises:
            StoreError: some of it could not be written; the rows before that are kept.
            InputError: `profile-changed`.
        """
        await self._batch_before()
        if self._pending:
            await self._write()

    async def _hand_over(self) -> None:
        await self._batch_before()
        self._writing = self._write()
        self._on_batch(Fetched(self._rows, self._seconds_left()))

    async def _batch_before(self) -> None:
        if self._writing is not None:
            await asyncio.shield(self._writing)

    def _begin(self, shape: LoadProfile) -> None:
        self._shape = shape
        self._time = columns_of(shape.channels).time
        self._began = self._written = self._clock.monotonic()
        content = profile_payload(shape).model_dump(mode="json", exclude={"rows", "warnings"})
        profile = self._profile.id
        self._writing = self._submit(lambda db: load_profiles.set_shape(db, profile, content))

    def _row(self, cells: tuple[Cell, ...]) -> KeptRow:
        texts = [cell_text(cell) for cell in cells]
        moment = None if self._time is None else _seconds(cells[self._time])
        return KeptRow(moment, json.dumps(texts, ensure_ascii=False, separators=(",", ":")))

    def _write(self) -> asyncio.Future[None]:
        rows, self._pending = self._pending, []
        number, self._rows = self._rows, self._rows + len(rows)
        self._written = self._clock.monotonic()
        profile = self._profile.id
        return self._submit(lambda db: load_profiles.append(db, profile, number, rows))

    def _submit(self, change: Callable[[Database], None]) -> asyncio.Future[None]:
        """Transactions run in the order of the calls: the writer has one queue. On a full disk the reserve is left for
        what ends the job: rows can be fetched again."""
        return asyncio.wrap_future(self._store.writer.submit(CanWait(change)))

    def _seconds_left(self) -> int | None:
        """By the speed so far."""
        assert self._shape is not None
        expected = _expected(self._shape, self.range, self._clock.now())
        passed = self._clock.monotonic() - self._began
        if expected is None or not self._seen or passed <= 0:
            return None
        return round(max(0, expected - self._seen) * passed / self._seen)


def _seconds(cell: Cell) -> int | None:
    """Seconds since 1970; a meter that knows no time zone is in this machine's."""
    if not isinstance(cell, datetime):
        return None
    try:
        return int(cell.timestamp())
    except (OverflowError, ValueError, OSError):
        return None


def _rest(profile: StoredProfile) -> ReadRange:
    """What is still to be asked for, from a little before the last stored row on. In this machine's time zone: meters
    that know no time zone compare with their own local time."""
    first = profile.first if profile.mark is None else max(profile.first, profile.mark - BACK)
    return ReadRange(min(first, profile.last).astimezone(), profile.last.astimezone())


def _overlap(db: Database, profile: StoredProfile, rest: ReadRange) -> Overlap:
    own = load_profiles.rows_since(db, profile.id, rest.first)
    former = load_profiles.rows_of_visits(db, profile.serial, rest.first) if profile.new_only else frozenset()
    return Overlap(own, former)


def _expected(shape: LoadProfile, wanted: ReadRange, now: datetime) -> int | None:
    if not shape.capture_period_s:
        return shape.rows_held
    span = min(wanted.last, now) - wanted.first
    in_range = span // timedelta(seconds=shape.capture_period_s) + 1
    return in_range if shape.rows_held is None else min(in_range, shape.rows_held)
