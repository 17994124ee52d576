"""A Profile generic (IEC 62056-6-2:2017, class_id 7): its columns, how many rows it holds, and the rows themselves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agent.dlms import AttributeDescriptor, DataAccessResult, Obis
from agent.dlms.cosem.capture import CaptureObject, read_capture_objects, read_count
from agent.dlms.cosem.selection import EntryDescriptor, RangeDescriptor
from agent.dlms.cosem.units import scaler_and_unit
from agent.dlms.profile_buffer.expansion import Expansion
from agent.domain.errors import AccessRefused
from agent.domain.results import ProfileChannel
from agent.meters import MeterModel
from agent.procedures.dialogue import Dialogue, ReadRows, TakeRows, ask
from agent.procedures.values import refused

_REGISTERS = (3, 4)
_VALUE, _SCALER_UNIT = 2, 3
PROFILE_GENERIC, BUFFER, CAPTURE_OBJECTS, CAPTURE_PERIOD, ENTRIES_IN_USE = 7, 2, 3, 4, 7


@dataclass(frozen=True)
class ProfileShape:
    """Columns in order, and the seconds between two rows (0 where the profile is not captured periodically)."""

    columns: tuple[CaptureObject, ...]
    capture_period: int


def shape(profile: Obis) -> Dialogue[ProfileShape]:
    """What the profile captures, and how often.

    Raises:
        AccessRefused: the meter does not give it.
        MalformedData: what it gives is no list of capture objects.
    """
    attributes = tuple(AttributeDescriptor(PROFILE_GENERIC, profile, n) for n in (CAPTURE_OBJECTS, CAPTURE_PERIOD))
    answer = yield from ask(attributes)
    for attribute, value in zip(attributes, answer.values, strict=True):
        if isinstance(value, DataAccessResult):
            raise refused(attribute, value)
    columns, period = (value for value in answer.values if not isinstance(value, DataAccessResult))
    return ProfileShape(read_capture_objects(columns), read_count(period))


def profile_name(model: MeterModel) -> Obis:
    """The model's load profile. Raises AccessRefused if meters of that model have none."""
    if model.load_profile is None:
        raise AccessRefused(object="load profile", result=DataAccessResult.OBJECT_UNDEFINED.words)
    return Obis.parse(model.load_profile)


def read_scalers(known: ProfileShape) -> Dialogue[dict[int, tuple[int, str]]]:
    """Scaler and unit by column number, for columns that hold the value of a register."""
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
    """The columns as they are shown, with scaler and unit where they have one."""
    return tuple(ProfileChannel(str(column), *scalers.get(n, (None, None))) for n, column in enumerate(known.columns))


def entries_in_use(profile: Obis) -> Dialogue[int | None]:
    """How many rows the profile holds; None if the meter does not say."""
    answer = yield from ask((AttributeDescriptor(PROFILE_GENERIC, profile, ENTRIES_IN_USE),))
    value = answer.values[0]
    return None if isinstance(value, DataAccessResult) else read_count(value)


def entry(profile: Obis, known: ProfileShape, number: int) -> Dialogue[tuple[Any, ...] | None]:
    """The row of that number, counted from 1; None if the meter does not give rows by number (entry descriptor)."""
    found: list[tuple[Any, ...]] = []
    access = EntryDescriptor(number, number).access()
    part = AttributeDescriptor(PROFILE_GENERIC, profile, BUFFER, access)
    names = _names(known)
    result = yield ReadRows(part, len(names), _filling(Expansion(names, known.capture_period), found.extend))
    return found[0] if found and not isinstance(result, DataAccessResult) else None


def rows(
    profile: Obis,
    known: ProfileShape,
    first: datetime,
    last: datetime,
    slice_length: timedelta | None,
    release: TakeRows,
) -> Dialogue[None]:
    """Passes the rows from `first` to `last`, both included, to `release`: oldest first, filled, with their times.

    Without slices, rows are released as the meter's frames or blocks come in. Where one authentication tag covers a
    whole answer, none of it can be trusted before its end. Then the range is read in slices of `slice_length`, so that
    a lost link costs one slice.

    Raises:
        AccessRefused: the meter does not give the rows.
        MalformedData: a row cannot be decoded; those released before it are sound.
    """
    names = _names(known)
    for begin, end in _slices(first, last, slice_length, timedelta(seconds=known.capture_period)):
        part = AttributeDescriptor(PROFILE_GENERIC, profile, BUFFER, RangeDescriptor(begin, end).access())
        expansion = Expansion(names, known.capture_period)
        result = yield ReadRows(part, len(names), _filling(expansion, release))
        expansion.finish()
        if isinstance(result, DataAccessResult):
            raise refused(part, result)


def _names(known: ProfileShape) -> tuple[AttributeDescriptor, ...]:
    return tuple(AttributeDescriptor(column.class_id, column.obis, column.attribute) for column in known.columns)


def _filling(expansion: Expansion, release: TakeRows) -> TakeRows:
    return lambda batch: release(expansion.rows(batch))


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
