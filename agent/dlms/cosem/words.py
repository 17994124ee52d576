"""Values as text for people, by what the standard defines for their attribute."""

from collections.abc import Callable, Iterable

from agent.dlms.axdr.coding import Data, Tag
from agent.dlms.axdr.compact_array import CompactArray
from agent.dlms.axdr.data import EMPTY, LISTS
from agent.dlms.cosem.clock import read_date, read_date_time, read_time
from agent.dlms.cosem.model import Attribute, AttributeKind
from agent.dlms.cosem.units import scaler_and_unit
from agent.dlms.cosem.values import elements, enumerated, integer, logical_name, text
from agent.domain.errors import MalformedData

_TIMES = {Tag.DATE: read_date, Tag.TIME: read_time, Tag.DATE_TIME: read_date_time}


def word(data: Data, attribute: Attribute) -> str:
    """The word for an enumeration's number; the number itself if the standard has no word for it.

    Raises:
        MalformedData: it is not an enumeration.
    """
    found = enumerated(data)
    return (attribute.words or {}).get(found, str(found))


def flag_words(data: Data, attribute: Attribute) -> tuple[str, ...]:
    """The words for the bits that are set; `bit 7` if the standard has no word.

    Raises:
        MalformedData: it is neither a bit-string nor a number of zero or more.
    """
    words = attribute.words or {}
    return tuple(words.get(bit, f"bit {bit}") for bit in _bits(data))


def fields(data: Data, attribute: Attribute) -> dict[str, Data]:
    """The elements of a structure by name.

    Raises:
        MalformedData: it is not a structure, or one of another length.
    """
    found = elements(data, Tag.STRUCTURE, len(attribute.parts))
    return {part.name: element for part, element in zip(attribute.parts, found, strict=True)}


def shown(data: Data, attribute: Attribute | None = None) -> str:
    """Any value as text for people, as clearly as possible; never raises.

    A value that does not fit its attribute is shown by its data type alone.
    """
    if attribute is not None and attribute.kind in _SHOWN:
        try:
            return _SHOWN[attribute.kind](data, attribute)
        except MalformedData:
            pass
    return _shown_by_type(data)


def _bits(data: Data) -> list[int]:
    if data.tag is Tag.BIT_STRING:
        return [bit for bit, mark in enumerate(data.value) if mark == "1"]
    mask = enumerated(data) if data.tag is Tag.ENUM else integer(data)
    if mask < 0:
        raise MalformedData("flags are negative")
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]


def _shown_scaler_unit(data: Data, _attribute: Attribute) -> str:
    scaler, unit = scaler_and_unit(data)
    return f"10^{scaler} {unit}".rstrip()


def _shown_structure(data: Data, attribute: Attribute) -> str:
    found = fields(data, attribute).values()
    return ", ".join(
        f"{part.name}: {shown(element, part)}" for part, element in zip(attribute.parts, found, strict=True)
    )


def _shown_array(data: Data, attribute: Attribute) -> str:
    return _list(shown(element, attribute.parts[0]) for element in elements(data, Tag.ARRAY))


_SHOWN: dict[AttributeKind, Callable[[Data, Attribute], str]] = {
    AttributeKind.LOGICAL_NAME: lambda data, _: str(logical_name(data)),
    AttributeKind.SCALER_UNIT: _shown_scaler_unit,
    AttributeKind.DATE: lambda data, _: str(read_date(data)),
    AttributeKind.TIME: lambda data, _: str(read_time(data)),
    AttributeKind.DATE_TIME: lambda data, _: str(read_date_time(data)),
    AttributeKind.ENUMERATION: word,
    AttributeKind.FLAGS: lambda data, attribute: ", ".join(flag_words(data, attribute)) or "none",
    AttributeKind.STRUCTURE: _shown_structure,
    AttributeKind.ARRAY: _shown_array,
}


def _shown_by_type(data: Data) -> str:
    if data.tag in LISTS:
        return _list(map(shown, data.value))
    if isinstance(data.value, CompactArray):
        return _list(map(shown, data.value.elements))
    if data.tag in EMPTY or data.tag is Tag.BOOLEAN:
        return str(data.value).lower()
    try:
        return str(_TIMES[data.tag](data)) if data.tag in _TIMES else text(data)
    except MalformedData:
        return data.value.hex() if isinstance(data.value, bytes) else str(data.value)


def _list(elements: Iterable[str]) -> str:
    return "[" + "; ".join(elements) + "]"
