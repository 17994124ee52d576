"""A Profile generic (IEC 62056-6-2:2017, class_id 7): its columns and order, and how many rows it holds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from agent.dlms import AttributeDescriptor, Data, DataAccessResult, Obis
from agent.dlms.cosem.capture import (
    CaptureObject,
    SortMethod,
    read_capture_objects,
    read_count,
    read_sort_method,
    read_sort_object,
    row_step,
)
from agent.dlms.cosem.selection import EntryDescriptor
from agent.dlms.profile_buffer.expansion import Expansion
from agent.domain.errors import AccessRefused, MalformedData
from agent.meters import MeterModel
from agent.procedures.dialogue import Dialogue, ReadRows, ask
from agent.procedures.values import refused

T = TypeVar("T")

PROFILE_GENERIC, BUFFER = 7, 2
CAPTURE_OBJECTS, CAPTURE_PERIOD, SORT_METHOD, SORT_OBJECT, ENTRIES_IN_USE = 3, 4, 5, 6, 7
_OCTETS_OF_TIME, _OCTETS_OF_VALUE, _OCTETS_OF_ROW = 14, 5, 2
"""Encoded: a date-time, a register's value, and what each row adds to its cells."""
_OCTETS_A_SECOND = 870
"""Net rate at 9,600 baud, after frames, blocks and turn-around times."""


@dataclass(frozen=True)
class ProfileShape:
    """Columns in order, and the seconds between two rows (0 where the profile is not captured periodically; None where
    the meter does not say). A meter that does not tell its order gives the oldest row first."""

    columns: tuple[CaptureObject, ...]
    period: int | None
    sort_method: SortMethod = SortMethod.FIFO
    sort_object: CaptureObject | None = None

    @property
    def capture_period(self) -> int:
        """Seconds; 0 also where it is not known."""
        return self.period or 0

    @property
    def clock(self) -> int | None:
        """The number of the column with the time."""
        return next((number for number, column in enumerate(self.columns) if column.is_clock), None)

    @property
    def clock_object(self) -> CaptureObject | None:
        """The column with the time."""
        return None if self.clock is None else self.columns[self.clock]

    @property
    def step(self) -> int | None:
        """Seconds from one row to the next in the order of the meter; see `row_step`."""
        return row_step(self.period, self.sort_method, self.sort_object, self.clock_object)

    @property
    def direction(self) -> int | None:
        """1 where the oldest row comes first, −1 where the newest does; None for any other order."""
        return row_step(1, self.sort_method, self.sort_object, self.clock_object)

    @property
    def names(self) -> tuple[AttributeDescriptor, ...]:
        """The columns as attributes."""
        return tuple(AttributeDescriptor(each.class_id, each.obis, each.attribute) for each in self.columns)

    def seconds(self, rows: int) -> int:
        """An estimate of how long so many rows take at 9,600 baud."""
        octets = sum(_OCTETS_OF_TIME if column.is_clock else _OCTETS_OF_VALUE for column in self.columns)
        return -(-rows * (_OCTETS_OF_ROW + octets) // _OCTETS_A_SECOND)


def shape(profile: Obis) -> Dialogue[ProfileShape]:
    """What the profile captures, how often, and in which order.

    Raises:
        AccessRefused: the meter does not give its columns.
        MalformedData: what it gives is no list of capture objects.
    """
    numbers = (CAPTURE_OBJECTS, CAPTURE_PERIOD, SORT_METHOD, SORT_OBJECT)
    attributes = tuple(AttributeDescriptor(PROFILE_GENERIC, profile, number) for number in numbers)
    answer = yield from ask(attributes)
    columns, period, method, sort_object = answer.values
    if isinstance(columns, DataAccessResult):
        raise refused(attributes[0], columns)
    return ProfileShape(
        read_capture_objects(columns),
        _if_sound(read_count, period),
        _if_sound(read_sort_method, method) or SortMethod.FIFO,
        _if_sound(read_sort_object, sort_object),
    )


def profile_name(model: MeterModel) -> Obis:
    """The model's load profile. Raises AccessRefused if meters of that model have none."""
    if model.load_profile is None:
        raise AccessRefused(object="load profile", result=DataAccessResult.OBJECT_UNDEFINED.words)
    return Obis.parse(model.load_profile)


def entries_in_use(profile: Obis) -> Dialogue[int | None]:
    """How many rows the profile holds; None if the meter does not say."""
    answer = yield from ask((AttributeDescriptor(PROFILE_GENERIC, profile, ENTRIES_IN_USE),))
    return _if_sound(read_count, answer.values[0])


def entry(profile: Obis, known: ProfileShape, number: int) -> Dialogue[tuple[Any, ...] | None]:
    """The row of that number, counted from 1; None if the meter does not give rows by number (entry descriptor)."""
    found: list[tuple[Any, ...]] = []
    part = AttributeDescriptor(PROFILE_GENERIC, profile, BUFFER, EntryDescriptor(number, number).access())
    expansion = Expansion(known.names, known.step)
    result = yield ReadRows(part, len(known.columns), lambda batch: found.extend(expansion.rows(batch)))
    return found[0] if found and not isinstance(result, DataAccessResult) else None


def _if_sound(read: Callable[[Data], T], value: Data | DataAccessResult) -> T | None:
    try:
        return None if isinstance(value, DataAccessResult) else read(value)
    except MalformedData:
        return None
