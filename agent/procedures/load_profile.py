"""The load profile of a meter in a range of time; its rows are passed on while they come in."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from agent.domain.activity import Activity
from agent.domain.errors import LocalProtocolError
from agent.domain.parameters import Parameters, ReadInfo, ReadRange
from agent.domain.results import LoadProfile, ProfileInfo
from agent.meters import MeterModel
from agent.procedures.dialogue import Dialogue, Steps
from agent.procedures.identify import identify
from agent.procedures.profile_channels import Scalers, Spread, read_scalers
from agent.procedures.profile_generic import ProfileShape, entries_in_use, profile_name, shape
from agent.procedures.profile_info import profile_info
from agent.procedures.profile_rows import ROWS_SET_ASIDE, RowReader

TakePart = Callable[[LoadProfile], Awaitable[None] | None]
"""Gets the profile with the rows that just came in. If it returns an awaitable, reading goes on when that is done."""

SCALERS_UNKNOWN, TIMES_UNKNOWN = "scalers-unknown", "times-unknown"
"""Warnings of a load profile: values whose scaler and unit the meter does not give are as it sent them; rows have no
time."""


def load_profile(
    model: MeterModel, serial: str | None, parameters: Parameters, take: TakePart | None = None
) -> Dialogue[LoadProfile] | Dialogue[ProfileInfo]:
    """With `ReadRange`, reads rows and passes them to `take`; with `ReadInfo`, reads what the profile holds.

    Raises:
        LocalProtocolError: other parameters, or a range without `take`.
        EplusError: as `read_profile` and `profile_info`.
    """
    if isinstance(parameters, ReadInfo):
        return profile_info(model, serial, parameters.since)
    if isinstance(parameters, ReadRange) and take is not None:
        return read_profile(model, serial, parameters, take)
    raise LocalProtocolError("a load profile without a range, or without a receiver of its rows")


def read_profile(model: MeterModel, serial: str | None, wanted: ReadRange, take: TakePart) -> Dialogue[LoadProfile]:
    """Reads rows and passes them to `take`; the result itself has none. With a serial number, only at that meter.

    `take` is first called without rows, as soon as the columns are known. The first rows tell which of these are
    structures: the channels may be more from then on.

    Raises:
        OtherMeter: the meter in front has another serial number.
        AccessRefused: it has no such profile, or does not give it.
        MalformedData: what it gives is no profile; the rows passed on before are sound.
    """
    profile = profile_name(model)
    step = Steps(Activity.LOAD_PROFILE.facts.steps)
    yield step("readserial")
    found = yield from identify(model, serial)
    yield step("readcolumns")
    known = yield from shape(profile)
    held = yield from entries_in_use(profile)
    yield step("readscalers")
    scalers, whole = yield from read_scalers(known.columns)
    empty = LoadProfile(found, (), known.capture_period, (), held, known.direction == 1)
    parts = _Parts(empty, known, scalers, () if whole else (SCALERS_UNKNOWN,), take)
    reader = RowReader(profile, known, parts.release, parts.tell, lambda: parts.warn(ROWS_SET_ASIDE))
    yield step("readrows")
    yield from reader.between(wanted.first, wanted.last, wanted.slice_length)
    return parts.end()


class _Parts:
    """Makes parts of the profile from its rows, and hands them on."""

    def __init__(
        self, empty: LoadProfile, known: ProfileShape, scalers: Scalers, warnings: tuple[str, ...], take: TakePart
    ) -> None:
        self._known, self._scalers, self._take = known, scalers, take
        self._spread = Spread(known.columns, scalers)
        self._empty = replace(empty, channels=self._spread.channels, warnings=warnings)
        self._begun = False
        take(self._empty)

    def tell(self, seconds: int | None) -> None:
        """How long it will take."""
        self._take(replace(self._empty, seconds=seconds))

    def release(self, batch: Sequence[tuple[Any, ...]]) -> Awaitable[None] | None:
        """Hands rows on."""
        if batch and not self._begun:
            self._begun = True
            self._spread = Spread(self._known.columns, self._scalers, batch)
            self._empty = replace(self._empty, channels=self._spread.channels)
        if self._known.clock is not None and any(row[self._known.clock] is None for row in batch):
            self.warn(TIMES_UNKNOWN)
        rows = self._spread.rows(batch)
        if self._spread.set_aside:
            self.warn(ROWS_SET_ASIDE)
        return self._take(replace(self._empty, rows=rows))

    def end(self) -> LoadProfile:
        """The profile without its rows."""
        return self._empty

    def warn(self, code: str) -> None:
        """From now on the profile has this warning."""
        if code not in self._empty.warnings:
            self._empty = replace(self._empty, warnings=(*self._empty.warnings, code))
