"""Compact arrays: the type of the elements once, then the elements without tags (IEC 62056-6-2:2017)."""

from dataclasses import dataclass

from agent.dlms.axdr.data import (
    EMPTY,
    FIXED_OCTETS,
    MAX_DEPTH,
    Data,
    Reader,
    Tag,
    content,
    encode_length,
    read_content,
)
from agent.domain.errors import MalformedData

MAX_VALUES_PER_OCTET = 16
"""A limit, because types without contents take no octets: a few octets could announce millions of values."""
_NOTHING = {tag: Data(tag, None) for tag in EMPTY}


@dataclass(frozen=True, slots=True)
class TypeDescription:
    """The type of a value without its tag.

    `elements` are the types of a structure's elements, or the one type of all `count` elements of an array.
    """

    tag: Tag
    elements: tuple["TypeDescription", ...] = ()
    count: int = 0

    @classmethod
    def of(cls, data: Data) -> "TypeDescription":
        """The type of this value; an array is taken to have elements of the type of its first."""
        if data.tag is Tag.STRUCTURE:
            return cls(data.tag, tuple(map(cls.of, data.value)))
        if data.tag is Tag.ARRAY:
            return cls(data.tag, (cls.of(data.value[0] if data.value else Data(Tag.NULL, None)),), len(data.value))
        return cls(data.tag)


@dataclass(frozen=True, slots=True)
class CompactArray:
    """Elements of one type, `description`."""

    description: TypeDescription
    elements: tuple[Data, ...]


def read_compact_array(reader: Reader, depth: int) -> CompactArray:
    """The compact array behind its tag.

    Raises:
        MalformedData: contents that are not whole elements of the type, or a type that is not believable.
    """
    description = read_description(reader, depth)
    contents = Reader(reader.take(reader.length()))
    if contents.remaining() and not is_believable(description, contents.remaining()):
        raise MalformedData("no such elements in these contents")
    elements = []
    while contents.remaining():
        elements.append(read_element(contents, description))
    return CompactArray(description, tuple(elements))


def read_description(reader: Reader, depth: int = 0) -> TypeDescription:
    """The description at the reader's position.

    Raises:
        MalformedData: an unknown type, a compact-array in a compact-array, or nesting deeper than `MAX_DEPTH`.
    """
    tag = reader.tag()
    if depth >= MAX_DEPTH or tag is Tag.COMPACT_ARRAY:
        raise MalformedData("nested too deep, or one compact-array in another")
    if tag is Tag.ARRAY:
        count = int.from_bytes(reader.take(2))
        return TypeDescription(tag, (read_description(reader, depth + 1),), count)
    if tag is Tag.STRUCTURE:
        count = reader.length()
        if count > reader.remaining():
            raise MalformedData("more elements than octets")
        return TypeDescription(tag, tuple(read_description(reader, depth + 1) for _ in range(count)))
    return TypeDescription(tag)


def is_believable(description: TypeDescription, octets: int) -> bool:
    """Whether an element fits these octets, and does not claim too many values for its own size."""
    least, values = _measure(description)
    return least <= octets and values <= least * MAX_VALUES_PER_OCTET


def _measure(description: TypeDescription) -> tuple[int, int]:
    """The least octets of one element, and the number of its values."""
    if description.tag is Tag.ARRAY:
        least, values = _measure(description.elements[0])
        return least * description.count, values * description.count + 1
    if description.tag is Tag.STRUCTURE:
        measures = [_measure(element) for element in description.elements]
        return sum(least for least, _ in measures), sum(values for _, values in measures) + 1
    return FIXED_OCTETS.get(description.tag, 1), 1


def read_element(reader: Reader, description: TypeDescription) -> Data:
    """A value without its tag.

    Raises:
        MalformedData: an early end, or a text that is not UTF-8.
    """
    tag = description.tag
    if tag is Tag.STRUCTURE:
        return Data(tag, tuple(read_element(reader, element) for element in description.elements))
    if tag is Tag.ARRAY:
        return Data(tag, tuple(read_element(reader, description.elements[0]) for _ in range(description.count)))
    return _NOTHING.get(tag) or Data(tag, read_content(reader, tag))


def compact_content(array: CompactArray) -> bytes:
    """The octets behind the tag; any error of Python itself means that the elements do not fit the type."""
    contents = b"".join(_element(array.description, element) for element in array.elements)
    if array.elements and not is_believable(array.description, len(contents)):
        raise ValueError("elements that cannot be told apart when decoded")
    return _description(array.description) + encode_length(len(contents)) + contents


def _description(description: TypeDescription) -> bytes:
    octets = b"".join(map(_description, description.elements))
    if description.tag is Tag.ARRAY:
        return bytes((description.tag,)) + description.count.to_bytes(2) + octets
    if description.tag is Tag.STRUCTURE:
        return bytes((description.tag,)) + encode_length(len(description.elements)) + octets
    return bytes((description.tag,))


def _element(description: TypeDescription, data: Data) -> bytes:
    if data.tag is not description.tag:
        raise ValueError("an element of another type")
    if data.tag is Tag.STRUCTURE:
        pairs = zip(description.elements, data.value, strict=True)
        return b"".join(_element(element, value) for element, value in pairs)
    if data.tag is Tag.ARRAY:
        if len(data.value) != description.count:
            raise ValueError("an array of another length")
        return b"".join(_element(description.elements[0], element) for element in data.value)
    return content(data.tag, data.value)
