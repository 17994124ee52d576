"""The load profile of a meter in a range of time, handed on while it comes in."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from agent.dlms import AttributeDescriptor, DataAccessResult, Obis
from agent.dlms.cosem.units import scaler_and_unit
from agent.domain.errors import AccessRefused
from agent.domain.parameters import Range
from agent.domain.results import Cell, LoadProfile, ProfileChannel
from agent.meters import MeterModel
from agent.procedures.dialogue import Dialogue, Step, ask
from agent.procedures.identify import identify
from agent.procedures.profile import ProfileShape, entries_in_use, rows, shape

STEPS = 4
_REGISTERS = (3, 4)
_VALUE, _SCALER_UNIT = 2, 3

TakePart = Callable[[LoadProfile], Awaitable[None] | None]
"""Gets the profile with the rows that have just come; what it returns is waited for before more is taken in."""


def load_profile(model: MeterModel, serial: str | None, wanted: Range, take: TakePart) -> Dialogue[LoadProfile]:
    """Reads the model's profile; with a serial number, of that meter only. `take` gets the rows; the result has none.

    `take` is called once without rows as soon as the columns are known.

    Raises:
        OtherMeter: the meter in front has another serial number.
        AccessRefused: it has no such profile, or does not give it.
        MalformedData: a row that is none; the rows taken before are sound.
    """
    profile = profile_name(model)
    yield Step("readserial", 1, STEPS)
    found = yield from identify(model, serial)
    yield Step("readcolumns", 2, STEPS)
    known = yield from shape(profile)
    held = yield from entries_in_use(profile)
    yield Step("readscalers", 3, STEPS)
    scalers = yield from read_scalers(known)
    empty = LoadProfile(found, channels_of(known, scalers), known.capture_period, (), held)
    take(empty)
    yield Step("readrows", 4, STEPS)

    def release(batch: Sequence[tuple[Any, ...]]) -> Awaitable[None] | None:
        return take(replace(empty, rows=_scaled(batch, scalers)))

    yield from rows(profile, known, wanted.first, wanted.last, wanted.slice_length, release)
    return empty


def profile_name(model: MeterModel) -> Obis:
    """Raises: AccessRefused, if meters of that model have no load profile."""
    if model.load_profile is None:
        raise AccessRefused(object="load profile", result=DataAccessResult.OBJECT_UNDEFINED.words)
    return Obis.parse(model.load_profile)


def read_scalers(known: ProfileShape) -> Dialogue[dict[int, tuple[int, str]]]:
    """Scaler and unit by column, of those that hold the value of a register."""
    registers = {
        number: AttributeDescriptor(column.class_id, column.obis, _SCALER_UNIT)
        for number, column in enumerate(known.columns)
        if column.class_id in _REGISTERS and column.attribute == _VALUE
    }
    if not registers:
        return {}
    answer = yield from ask(tuple(registers.values()))
    return {
        number: scaler_and_unit(value)
        for number, value in zip(registers, answer.values, strict=True)
        if not isinstance(value, DataAccessResult)
    }


def channels_of(known: ProfileShape, scalers: Mapping[int, tuple[int, str]]) -> tuple[ProfileChannel, ...]:
    return tuple(ProfileChannel(str(column), *scalers.get(n, (None, None))) for n, column in enumerate(known.columns))


def _scaled(batch: Sequence[tuple[Any, ...]], scalers: Mapping[int, tuple[int, str]]) -> list[tuple[Cell, ...]]:
    exponents = {number: scaler for number, (scaler, _) in scalers.items()}
    return [tuple(_cell(cell, exponents.get(number)) for number, cell in enumerate(row)) for row in batch]


def _cell(cell: Any, exponent: int | None) -> Cell:
    if exponent is not None and isinstance(cell, int):
        return Decimal(cell).scaleb(exponent)
    if isinstance(cell, bytes):
        return cell.hex()
    return cell if isinstance(cell, int | str | datetime | None) else str(cell)
