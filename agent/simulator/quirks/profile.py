"""Quirks of profiles (IEC 62056-6-2, class 7): columns, order, and cells."""

from collections.abc import Callable
from dataclasses import replace

from agent.dlms import AttributeDescriptor, Data, Obis, Tag
from agent.dlms.cosem.capture import CaptureObject, SortMethod, capture_object
from agent.dlms.cosem.selection import ENTRY, EntryDescriptor, read_selection
from agent.dlms.cosem.units import scaler_unit
from agent.dlms.xdlms.common import Result
from agent.simulator.objects import PROFILE_GENERIC, structure
from agent.simulator.quirks.quirk import Read, ValueQuirk

_LOAD_PROFILE, _EVENT_LOG = Obis(1, 0, 99, 1, 0), Obis(0, 0, 99, 98, 0)
_BUFFER, _COLUMNS, _PERIOD, _SORT_METHOD, _IN_USE, _CAPACITY = 2, 3, 4, 5, 7, 8
_TOTAL, _DEMAND, _MAXIMUM, _REACTIVE = (
    Obis(1, 0, 1, 8, 0),
    Obis(1, 0, 1, 4, 0),
    Obis(1, 0, 1, 6, 0),
    Obis(1, 0, 3, 8, 0),
)
_REGISTER, _EXTENDED_REGISTER, _DEMAND_REGISTER = 3, 4, 5
_VAR_HOURS, _WATT = 32, 27
_MONTH, _DAY, _HOUR, _MINUTE, _HALF_PAST = 2, 3, 5, 6, 30
DEMAND_CELL, DEMAND_SCALER = 123, 1

_Rows = tuple[tuple[Data, ...], ...]
_ReadQuirk = Callable[[AttributeDescriptor, Read], Result]


def _is_list(given: Result) -> bool:
    return isinstance(given, Data) and given.tag is Tag.ARRAY


def _changed_rows(given: Result, change: Callable[[_Rows], _Rows]) -> Result:
    if not isinstance(given, Data) or given.tag is not Tag.ARRAY:
        return given
    changed = change(tuple(tuple(row.value) for row in given.value))
    return Data(Tag.ARRAY, tuple(structure(*row) for row in changed))


def _each_row(change: Callable[[tuple[Data, ...]], tuple[Data, ...]]) -> Callable[[_Rows], _Rows]:
    return lambda rows: tuple(map(change, rows))


def _of_buffer(
    name: str, words: str, change: Callable[[_Rows], _Rows], objects: tuple[Obis, ...] = (_LOAD_PROFILE,)
) -> ValueQuirk:
    """Changes the rows that are sent."""

    def read(attribute: AttributeDescriptor, plain: Read) -> Result:
        given = plain(attribute)
        is_buffer = attribute.class_id == PROFILE_GENERIC and attribute.obis in objects
        return _changed_rows(given, change) if is_buffer and attribute.attribute == _BUFFER else given

    return ValueQuirk(name, words, lambda: read)


def _of_column(
    name: str,
    words: str,
    column: CaptureObject,
    cell: Callable[[tuple[Data, ...]], Data],
    *,
    at: int | None = None,
    values: _ReadQuirk = lambda attribute, plain: plain(attribute),
) -> ValueQuirk:
    """One more column, or another one in that place; `cell` is made of the row, and `values` reads its object."""

    def placed(items: tuple[Data, ...], item: Data) -> tuple[Data, ...]:
        return (*items, item) if at is None else (*items[:at], item, *items[at + 1 :])

    def read(attribute: AttributeDescriptor, plain: Read) -> Result:
        if attribute.obis != _LOAD_PROFILE:
            return values(attribute, plain)
        given = plain(attribute)
        if attribute.attribute == _BUFFER:
            return _changed_rows(given, _each_row(lambda row: placed(row, cell(row))))
        if attribute.attribute == _COLUMNS and isinstance(given, Data):
            return Data(Tag.ARRAY, placed(given.value, capture_object(column)))
        return given

    return ValueQuirk(name, words, lambda: read)


def _ordered(name: str, words: str, method: SortMethod, *, newest_first: bool) -> ValueQuirk:
    """The rows in this order, also where they are counted."""

    def read(attribute: AttributeDescriptor, plain: Read) -> Result:
        if attribute.class_id != PROFILE_GENERIC:
            return plain(attribute)
        if attribute.attribute == _SORT_METHOD:
            return Data(Tag.ENUM, int(method))
        if attribute.attribute != _BUFFER or not newest_first:
            return plain(attribute)
        return _changed_rows(plain(_from_the_other_end(attribute, plain)), lambda rows: rows[::-1])

    return ValueQuirk(name, words, lambda: read)


def _from_the_other_end(attribute: AttributeDescriptor, plain: Read) -> AttributeDescriptor:
    if attribute.access is None or attribute.access.selector != ENTRY:
        return attribute
    asked, held = read_selection(attribute.access), plain(replace(attribute, attribute=_IN_USE, access=None))
    if not isinstance(asked, EntryDescriptor) or not isinstance(held, Data):
        return attribute
    first = held.value - min(asked.last or held.value, held.value) + 1
    last = held.value - asked.first + 1
    return replace(attribute, access=replace(asked, first=max(1, first), last=max(1, last)).access())


def _counts(tag: Tag) -> _ReadQuirk:
    """Period, entries in use and capacity as another type."""

    def read(attribute: AttributeDescriptor, plain: Read) -> Result:
        given = plain(attribute)
        is_count = attribute.class_id == PROFILE_GENERIC and attribute.attribute in (_PERIOD, _IN_USE, _CAPACITY)
        return Data(tag, given.value) if is_count and isinstance(given, Data) else given

    return read


def _null_buffer(attribute: AttributeDescriptor, plain: Read) -> Result:
    """A meter that holds no row says so with null."""
    if attribute.class_id != PROFILE_GENERIC or attribute.attribute not in (_BUFFER, _IN_USE):
        return plain(attribute)
    return Data(Tag.NULL, None) if attribute.attribute == _BUFFER else Data(Tag.DOUBLE_LONG_UNSIGNED, 0)


def _nulls_after_the_first(rows: _Rows) -> _Rows:
    return (*rows[:1], *((Data(Tag.NULL, None), *row[1:]) for row in rows[1:]))


def _is_half_past(row: tuple[Data, ...]) -> bool:
    clock = row[0]
    return clock.tag is Tag.OCTET_STRING and len(clock.value) == 12 and clock.value[_MINUTE] == _HALF_PAST


def _impossible_at_half_past(row: tuple[Data, ...]) -> tuple[Data, ...]:
    if not _is_half_past(row):
        return row
    clock = bytearray(row[0].value)
    clock[_DAY] = 0
    return Data(Tag.OCTET_STRING, bytes(clock)), *row[1:]


def _short_at_half_past(row: tuple[Data, ...]) -> tuple[Data, ...]:
    return row[:-1] if _is_half_past(row) else row


def _typed_clock(row: tuple[Data, ...]) -> tuple[Data, ...]:
    return (Data(Tag.DATE_TIME, row[0].value), *row[1:]) if row[0].tag is Tag.OCTET_STRING else row


def _as_class_4(attribute: AttributeDescriptor, plain: Read) -> Result:
    is_ours = attribute.obis == _TOTAL and attribute.class_id == _EXTENDED_REGISTER
    return plain(replace(attribute, class_id=_REGISTER)) if is_ours else plain(attribute)


def _demand(attribute: AttributeDescriptor, plain: Read) -> Result:
    is_ours = attribute.obis == _DEMAND and attribute.class_id == _DEMAND_REGISTER and attribute.attribute == 4
    return scaler_unit(DEMAND_SCALER, _WATT) if is_ours else plain(attribute)


def _whole_register(row: tuple[Data, ...]) -> Data:
    return structure(Data(Tag.OCTET_STRING, bytes(_REACTIVE)), row[3], scaler_unit(0, _VAR_HOURS))


_BOTH = (_LOAD_PROFILE, _EVENT_LOG)

PROFILE = (
    _of_column(
        "column-class-4",
        "A column holds an extended register.",
        CaptureObject(_EXTENDED_REGISTER, _TOTAL, 2),
        lambda row: row[2],
        at=2,
        values=_as_class_4,
    ),
    _of_column(
        "column-attribute-0",
        "A column holds all attributes of a register.",
        CaptureObject(_REGISTER, _REACTIVE, 0),
        _whole_register,
        at=3,
    ),
    _of_column(
        "column-class-5",
        "A column holds the last average of a demand register.",
        CaptureObject(_DEMAND_REGISTER, _DEMAND, 3),
        lambda _row: Data(Tag.LONG_UNSIGNED, DEMAND_CELL),
        values=_demand,
    ),
    _of_column(
        "column-capture-time",
        "A column holds a capture time.",
        CaptureObject(_EXTENDED_REGISTER, _MAXIMUM, 5),
        lambda row: row[0],
    ),
    _of_buffer(
        "row-clock-impossible", "The day is 0 in rows at half past.", _each_row(_impossible_at_half_past), _BOTH
    ),
    _of_buffer("row-short", "Rows at half past lack their last cell.", _each_row(_short_at_half_past), _BOTH),
    _of_buffer("row-clock-typed", "The clock of each row is a date-time, not octets.", _each_row(_typed_clock), _BOTH),
    _ordered("lifo", "The newest row comes first.", SortMethod.LIFO, newest_first=True),
    _ordered("sorted-largest", "Rows are sorted by time, the latest first.", SortMethod.LARGEST, newest_first=True),
    _ordered(
        "sorted-smallest", "Rows are sorted by time, the earliest first.", SortMethod.SMALLEST, newest_first=False
    ),
    _of_buffer("clocks-null", "The clocks of all rows but the first are null.", _nulls_after_the_first),
    ValueQuirk(
        "counts-long-unsigned", "Capture period and counts are long-unsigned.", lambda: _counts(Tag.LONG_UNSIGNED)
    ),
    ValueQuirk("buffer-null", "A buffer without rows is null.", lambda: _null_buffer),
)
"""By profiles; one that comes later sees the rows of those before it."""
