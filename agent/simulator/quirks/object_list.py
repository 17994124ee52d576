"""Quirks of the object list of an association (IEC 62056-6-2, class 15)."""

from collections.abc import Callable
from itertools import chain

from agent.dlms import AttributeDescriptor, Data, DataAccessResult, Obis, Tag
from agent.dlms.xdlms.common import Result
from agent.simulator.objects import ASSOCIATION, CLOCK, structure
from agent.simulator.quirks.quirk import Read, ValueQuirk, instead

_LIST = ("0.0.40.0.0.255", 2)
_DISCONNECT_CONTROL = 70
_VALVE, _SECOND_CLOCK = Obis(0, 1, 96, 3, 10), Obis(0, 1, 1, 0, 0)
_LISTED_ATTRIBUTES = 4
_Entry = tuple[Data, ...]
"""Class, version, logical name, rights."""


def _each_entry(change: Callable[[_Entry], _Entry]) -> Callable[[Result], Result]:
    def changed(given: Result) -> Result:
        if not isinstance(given, Data) or given.tag is not Tag.ARRAY:
            return given
        return Data(Tag.ARRAY, tuple(structure(*change(entry.value)) for entry in given.value))

    return changed


def _each_right(change: Callable[[_Entry], _Entry]) -> Callable[[Result], Result]:
    """Changes number, mode and selectors of each attribute."""

    def with_rights(entry: _Entry) -> _Entry:
        if entry[3].tag is not Tag.STRUCTURE:
            return entry
        attributes, methods = entry[3].value
        rights = Data(Tag.ARRAY, tuple(structure(*change(right.value)) for right in attributes.value))
        return *entry[:3], structure(rights, methods)

    return _each_entry(with_rights)


def _unsigned_mode(right: _Entry) -> _Entry:
    number, mode, selectors = right
    return number, Data(Tag.UNSIGNED, mode.value), selectors


def _mode_of_seven(right: _Entry) -> _Entry:
    return right[0], Data(Tag.ENUM, 7), right[2]


def _unsigned_selectors(right: _Entry) -> _Entry:
    if right[2].tag is not Tag.ARRAY:
        return right
    return *right[:2], Data(Tag.ARRAY, tuple(Data(Tag.UNSIGNED, each.value) for each in right[2].value))


def _no_rights(entry: _Entry) -> _Entry:
    return *entry[:3], Data(Tag.NULL, None)


def _attributes_twice(entry: _Entry) -> _Entry:
    if entry[3].tag is not Tag.STRUCTURE:
        return entry
    attributes, methods = entry[3].value
    twice = tuple(chain.from_iterable((right, right) for right in attributes.value))
    return *entry[:3], structure(Data(Tag.ARRAY, twice), methods)


def _with_odd_entry(given: Result) -> Result:
    if not isinstance(given, Data) or given.tag is not Tag.ARRAY:
        return given
    return Data(Tag.ARRAY, (Data(Tag.NULL, None), structure(Data(Tag.UNSIGNED, 1)), *given.value))


def _another_first(
    class_id: int, name: Obis, values: dict[int, Data]
) -> Callable[[], Callable[[AttributeDescriptor, Read], Result]]:
    """Lists another object before all others; these are its values."""

    def read(attribute: AttributeDescriptor, plain: Read) -> Result:
        if attribute.obis == name and attribute.class_id == class_id:
            return values.get(attribute.attribute, DataAccessResult.READ_WRITE_DENIED)
        given = plain(attribute)
        is_list = attribute.class_id == ASSOCIATION and attribute.attribute == _LIST[1]
        if not is_list or not isinstance(given, Data) or given.tag is not Tag.ARRAY:
            return given
        return Data(Tag.ARRAY, (_entry(class_id, name), *given.value))

    return lambda: read


def _entry(class_id: int, name: Obis) -> Data:
    rights = tuple(
        structure(Data(Tag.INTEGER, number), Data(Tag.ENUM, 1), Data(Tag.NULL, None))
        for number in range(1, _LISTED_ATTRIBUTES + 1)
    )
    access = structure(Data(Tag.ARRAY, rights), Data(Tag.ARRAY, ()))
    logical_name = Data(Tag.OCTET_STRING, bytes(name))
    return structure(Data(Tag.LONG_UNSIGNED, class_id), Data(Tag.UNSIGNED, 0), logical_name, access)


def _listed(name: str, words: str, change: Result | Callable[[Result], Result]) -> ValueQuirk:
    return instead(name, words, _LIST, change)


_CLOSED_VALVE = {2: Data(Tag.BOOLEAN, False), 3: Data(Tag.ENUM, 0), 4: Data(Tag.ENUM, 4)}
_GAS_CLOCK = {2: Data(Tag.OCTET_STRING, bytes.fromhex("07d001010600000000800000"))}

OBJECT_LIST = (
    ValueQuirk(
        "valve-first",
        "The valve of a gas meter stands before the breaker.",
        _another_first(_DISCONNECT_CONTROL, _VALVE, _CLOSED_VALVE),
    ),
    ValueQuirk(
        "two-clocks",
        "The clock of a gas meter stands before the meter's own.",
        _another_first(CLOCK, _SECOND_CLOCK, _GAS_CLOCK),
    ),
    ValueQuirk(
        "clock-refused-first", "A clock that is refused is listed first.", _another_first(CLOCK, _SECOND_CLOCK, {})
    ),
    _listed("mode-unsigned", "Access modes are unsigned, not enumerations.", _each_right(_unsigned_mode)),
    _listed("mode-7", "All access modes are 7, which the standard does not know.", _each_right(_mode_of_seven)),
    _listed("selectors-unsigned", "Access selectors are unsigned.", _each_right(_unsigned_selectors)),
    _listed("rights-null", "The access rights of each object are null.", _each_entry(_no_rights)),
    _listed("attribute-twice", "Each attribute is listed twice.", _each_entry(_attributes_twice)),
    _listed("entry-odd", "Two entries of the list are none.", _with_odd_entry),
    _listed("objects-null", "The object list is null.", Data(Tag.NULL, None)),
    _listed("objects-empty", "The object list is empty.", Data(Tag.ARRAY, ())),
    _listed("objects-denied", "The object list is denied.", DataAccessResult.READ_WRITE_DENIED),
)
"""By the object list."""
