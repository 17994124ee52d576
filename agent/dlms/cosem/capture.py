"""What a profile generic captures, how often, and in which order (IEC 62056-6-2:2017, class 7)."""

from dataclasses import dataclass
from enum import IntEnum

from agent.dlms.axdr.coding import Data, Tag
from agent.dlms.cosem.names import Obis
from agent.dlms.cosem.values import elements, integer, logical_name, number
from agent.domain.errors import MalformedData


@dataclass(frozen=True)
class CaptureObject:
    """A column of a profile: the captured attribute, or the element `data_index` of it; 0 is the whole attribute.

    Attribute 0 is the whole object: a structure of all its attributes.
    """

    class_id: int
    obis: Obis
    attribute: int
    data_index: int = 0

    @property
    def is_clock(self) -> bool:
        """Whether it is the time of a clock."""
        return (self.class_id, self.attribute) == (8, 2)

    def __str__(self) -> str:
        part = f"/{self.data_index}" if self.data_index else ""
        return f"{self.class_id}/{self.obis}/{self.attribute}{part}"


class SortMethod(IntEnum):
    """The order of the rows of a profile."""

    FIFO = 1
    LIFO = 2
    LARGEST = 3
    SMALLEST = 4
    NEAREST_TO_ZERO = 5
    FARTHEST_FROM_ZERO = 6


def row_step(
    period: int | None, method: SortMethod, sort_object: CaptureObject | None, clock: CaptureObject | None
) -> int | None:
    """Seconds from one row to the next, as a profile sorted like this gives them: negative where the newest is first.

    None where the order of the rows does not tell their times, or the capture period is not known.
    """
    direction = {SortMethod.FIFO: 1, SortMethod.LIFO: -1}.get(method)
    if direction is None and clock is not None and sort_object == clock:
        direction = {SortMethod.SMALLEST: 1, SortMethod.LARGEST: -1}.get(method)
    return None if direction is None or period is None else direction * period


@dataclass(frozen=True)
class ProfileDescription:
    """All of a profile but its rows. `capture_period` is seconds; 0 means that captures are triggered otherwise.

    `sort_object` is None if the order follows from capturing alone.
    """

    columns: tuple[CaptureObject, ...]
    capture_period: int
    sort_method: SortMethod
    sort_object: CaptureObject | None
    entries_in_use: int
    profile_entries: int


def profile_description(
    capture_objects: Data,
    capture_period: Data,
    sort_method: Data,
    sort_object: Data,
    entries_in_use: Data,
    profile_entries: Data,
) -> ProfileDescription:
    """From attributes 3 to 8, in order.

    Raises:
        MalformedData: one of them is of the wrong type.
    """
    return ProfileDescription(
        read_capture_objects(capture_objects),
        read_count(capture_period),
        read_sort_method(sort_method),
        read_sort_object(sort_object),
        read_count(entries_in_use),
        read_count(profile_entries),
    )


def read_capture_objects(data: Data) -> tuple[CaptureObject, ...]:
    """The columns, in order, from attribute 3.

    Raises:
        MalformedData: it is not an array of capture objects.
    """
    return tuple(map(read_capture_object, elements(data, Tag.ARRAY)))


def read_capture_object(data: Data) -> CaptureObject:
    """One column.

    Raises:
        MalformedData: it is not the structure that the standard defines; makers differ in the types of its numbers.
    """
    class_id, name, attribute, index = elements(data, Tag.STRUCTURE, 4)
    return CaptureObject(integer(class_id), logical_name(name), integer(attribute), integer(index))


def capture_object(column: CaptureObject) -> Data:
    """A column as the structure that the standard defines."""
    return Data(
        Tag.STRUCTURE,
        (
            Data(Tag.LONG_UNSIGNED, column.class_id),
            Data(Tag.OCTET_STRING, bytes(column.obis)),
            Data(Tag.INTEGER, column.attribute),
            Data(Tag.LONG_UNSIGNED, column.data_index),
        ),
    )


def read_sort_method(data: Data) -> SortMethod:
    """From attribute 5: an enumeration, or a number where makers differ.

    Raises:
        MalformedData: it is not a sort method of the standard.
    """
    try:
        return SortMethod(int(number(data)))
    except ValueError:
        raise MalformedData("unknown sort method") from None


def read_sort_object(data: Data) -> CaptureObject | None:
    """From attribute 6; None for the all-zero object, which means that there is none.

    Raises:
        MalformedData: it is not a capture object.
    """
    found = read_capture_object(data)
    return None if found.class_id == 0 else found


def read_count(data: Data) -> int:
    """A capture period or a number of entries.

    Raises:
        MalformedData: it is no whole number from zero on; makers differ in its type.
    """
    count = integer(data)
    if count < 0:
        raise MalformedData("a negative count")
    return count
