"""The load profile of a meter in a range of time."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from agent.dlms import AttributeDescriptor, DataAccessResult, Obis
from agent.dlms.cosem.units import scaler_and_unit
from agent.domain.errors import AccessRefused
from agent.domain.parameters import Range
from agent.domain.results import LoadProfile, ProfileChannel
from agent.meters import MeterModel
from agent.procedures.dialogue import Dialogue, Step, ask
from agent.procedures.identify import identify
from agent.procedures.profile import ProfileShape, rows, shape

STEPS = 4
_REGISTERS = (3, 4)
_VALUE, _SCALER_UNIT = 2, 3


def load_profile(model: MeterModel, serial: str | None, wanted: Range) -> Dialogue[LoadProfile]:
    """Reads the model's profile; with a serial number, of that meter only.

    Raises:
        OtherMeter: the meter in front has another serial number.
        AccessRefused: it has no such profile, or does not give it.
    """
    if model.load_profile is None:
        raise AccessRefused(object="load profile", result=DataAccessResult.OBJECT_UNDEFINED.words)
    profile = Obis.parse(model.load_profile)
    yield Step("readserial", 1, STEPS)
    found = yield from identify(model, serial)
    yield Step("readcolumns", 2, STEPS)
    known = yield from shape(profile)
    yield Step("readscalers", 3, STEPS)
    scalers = yield from _scalers(known)
    yield Step("readrows", 4, STEPS)
    collected: list[tuple[Any, ...]] = []
    yield from rows(profile, known, wanted.first, wanted.last, wanted.slice_length, collected.extend)
    channels = tuple(
        ProfileChannel(str(column), *scalers.get(n, (None, None))) for n, column in enumerate(known.columns)
    )
    return LoadProfile(found, channels, known.capture_period, _scaled(collected, scalers))


def _scalers(known: ProfileShape) -> Dialogue[dict[int, tuple[int, str]]]:
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


def _scaled(collected: Sequence[tuple[Any, ...]], scalers: Mapping[int, tuple[int, str]]) -> list[tuple[Any, ...]]:
    exponents = {number: scaler for number, (scaler, _) in scalers.items()}
    return [
        tuple(
            Decimal(cell).scaleb(exponents[number]) if number in exponents and isinstance(cell, int) else cell
            for number, cell in enumerate(row)
        )
        for row in collected
    ]
