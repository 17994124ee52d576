"""The load profile of a meter in a range of time; its rows are passed on while they come in."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from agent.domain.activity import Activity
from agent.domain.errors import LocalProtocolError
from agent.domain.parameters import Parameters, ReadInfo, ReadRange
from agent.domain.results import Cell, LoadProfile, ProfileInfo
from agent.meters import MeterModel
from agent.procedures.dialogue import Dialogue, Steps
from agent.procedures.identify import identify
from agent.procedures.profile_generic import channels_of, entries_in_use, profile_name, read_scalers, rows, shape
from agent.procedures.profile_info import profile_info

TakePart = Callable[[LoadProfile], Awaitable[None] | None]
"""Gets the profile with the rows that just came in. If it returns an awaitable, reading goes on when that is done."""


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

    `take` is first called without rows, as soon as the columns are known.

    Raises:
        OtherMeter: the meter in front has another serial number.
        AccessRefused: it has no such profile, or does not give it.
        MalformedData: a row cannot be decoded; the rows passed on before it are sound.
    """
    profile = profile_name(model)
    step = Steps(Activity.LOAD_PROFILE.facts.steps)
    yield step("readserial")
    found = yield from identify(model, serial)
    yield step("readcolumns")
    known = yield from shape(profile)
    held = yield from entries_in_use(profile)
    yield step("readscalers")
    scalers = yield from read_scalers(known)
    empty = LoadProfile(found, channels_of(known, scalers), known.capture_period, (), held)
    take(empty)
    yield step("readrows")

    def release(batch: Sequence[tuple[Any, ...]]) -> Awaitable[None] | None:
        return take(replace(empty, rows=_scaled(batch, scalers)))

    yield from rows(profile, known, wanted.first, wanted.last, wanted.slice_length, release)
    return empty


def _scaled(batch: Sequence[tuple[Any, ...]], scalers: Mapping[int, tuple[int, str]]) -> list[tuple[Cell, ...]]:
    exponents = {number: scaler for number, (scaler, _) in scalers.items()}
    return [tuple(_cell(cell, exponents.get(number)) for number, cell in enumerate(row)) for row in batch]


def _cell(cell: Any, exponent: int | None) -> Cell:
    if exponent is not None and isinstance(cell, int):
        return Decimal(cell).scaleb(exponent)
    if isinstance(cell, bytes):
        return cell.hex()
    return cell if isinstance(cell, int | str | datetime | None) else str(cell)
