"""COSEM data as JSON that a person can read, and back: a type and its content."""

from typing import Any

from agent.dlms import Data, Obis, Tag
from agent.dlms.axdr.coding import decode, encode
from agent.dlms.axdr.data import EMPTY, FIXED_OCTETS, LISTS, NUMBERS
from agent.domain.errors import LocalProtocolError, MalformedData

Json = Any
_FLOATS = (Tag.FLOAT32, Tag.FLOAT64)
_TEXTS = (Tag.VISIBLE_STRING, Tag.UTF8_STRING, Tag.BIT_STRING)
_NAME_OCTETS = 6
_TAGS = {tag.name.lower().replace("_", "-"): tag for tag in Tag}
_WORDS = {tag: words for words, tag in _TAGS.items()}


def value_to_json(data: Data) -> Json:
    """`[type, content]`; of null-data and dont-care only the type."""
    words = _WORDS[data.tag]
    if data.tag in EMPTY:
        return [words]
    if data.tag in LISTS:
        return [words, [value_to_json(element) for element in data.value]]
    if data.tag in _FLOATS or data.tag is Tag.COMPACT_ARRAY:
        return [words, encode(data)[1:].hex()]
    return [words, octets_to_json(data.value) if isinstance(data.value, bytes) else data.value]


def value_from_json(content: Json) -> Data:
    """The value, which can be encoded.

    Raises:
        ValueError: it is none.
    """
    data = _value(content)
    try:
        decode(encode(data))  # an over-deep value, or one that does not fit its type
    except (LocalProtocolError, MalformedData):
        raise ValueError("a value that does not fit its type") from None
    return data


def octets_to_json(octets: bytes) -> Json:
    """Octets as text, logical name or hex."""
    if octets and octets.isascii() and (text := octets.decode("ascii")).isprintable():
        return {"text": text}
    if len(octets) == _NAME_OCTETS and octets[-1] == 0xFF:
        return {"name": str(Obis.from_octets(octets))}
    return octets.hex()


def _value(content: Json) -> Data:
    match content:
        case [str(words)] if (tag := _TAGS.get(words)) in EMPTY and tag is not None:
            return Data(tag, None)
        case [str(words), value] if (tag := _TAGS.get(words)) is not None:
            return _filled(tag, value)
    raise ValueError("no type and content")


def _filled(tag: Tag, value: Json) -> Data:
    match value:
        case list() if tag in LISTS:
            return Data(tag, tuple(map(_value, value)))
        case str() if tag is Tag.COMPACT_ARRAY or tag in _FLOATS:
            return _encoded(tag, value)
        case bool() if tag is Tag.BOOLEAN:
            return Data(tag, value)
        case int() if tag in NUMBERS and tag not in _FLOATS and not isinstance(value, bool):
            return Data(tag, value)
        case str() if tag in _TEXTS:
            return Data(tag, value)
        case str() | dict() if tag is Tag.OCTET_STRING or (tag in FIXED_OCTETS and tag not in NUMBERS):
            return Data(tag, _octets(value))
    raise ValueError("a content that does not fit its type")


def _encoded(tag: Tag, value: str) -> Data:
    try:
        return decode(bytes((tag,)) + bytes.fromhex(value))
    except MalformedData:
        raise ValueError("octets that are no such value") from None


def _octets(value: Json) -> bytes:
    match value:
        case str():
            return bytes.fromhex(value)
        case {"text": str(text)}:
            return text.encode("ascii")
        case {"name": str(name)}:
            groups = [int(group) for group in name.split(".")]
            return bytes(groups)
    raise ValueError("neither octets, nor a text, nor a name")
