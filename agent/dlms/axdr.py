"""A-XDR: the data types of COSEM (IEC 62056-6-2, Data), decoded strictly.

A value keeps its type, so that what was decoded can be encoded again to the same octets.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from agent.domain.errors import LocalProtocolError, MalformedData

MAX_DEPTH = 16


class Tag(IntEnum):
    NULL = 0
    ARRAY = 1
    STRUCTURE = 2
    BOOLEAN = 3
    BIT_STRING = 4
    DOUBLE_LONG = 5
    DOUBLE_LONG_UNSIGNED = 6
    OCTET_STRING = 9
    VISIBLE_STRING = 10
    UTF8_STRING = 12
    BCD = 13
    INTEGER = 15
    LONG = 16
    UNSIGNED = 17
    LONG_UNSIGNED = 18
    LONG64 = 20
    LONG64_UNSIGNED = 21
    ENUM = 22
    FLOAT32 = 23
    FLOAT64 = 24
    DATE_TIME = 25
    DATE = 26
    TIME = 27


@dataclass(frozen=True, slots=True)
class Data:
    """A value with its type.

    `value` is None; bool; int (numbers, enum, bcd as its octet); float; bytes (octet-string, date-time, date,
    time); str (visible and UTF-8 strings, and bit-strings as `0` and `1`); or a tuple of Data.
    """

    tag: Tag
    value: Any


_NUMBERS = {
    Tag.DOUBLE_LONG: struct.Struct(">i"),
    Tag.DOUBLE_LONG_UNSIGNED: struct.Struct(">I"),
    Tag.BCD: struct.Struct(">B"),
    Tag.INTEGER: struct.Struct(">b"),
    Tag.LONG: struct.Struct(">h"),
    Tag.UNSIGNED: struct.Struct(">B"),
    Tag.LONG_UNSIGNED: struct.Struct(">H"),
    Tag.LONG64: struct.Struct(">q"),
    Tag.LONG64_UNSIGNED: struct.Struct(">Q"),
    Tag.ENUM: struct.Struct(">B"),
    Tag.FLOAT32: struct.Struct(">f"),
    Tag.FLOAT64: struct.Struct(">d"),
}
_FIXED_OCTETS = {Tag.DATE_TIME: 12, Tag.DATE: 5, Tag.TIME: 4}
_TEXTS = {Tag.VISIBLE_STRING: "latin-1", Tag.UTF8_STRING: "utf-8"}
_LISTS = (Tag.ARRAY, Tag.STRUCTURE)


class Reader:
    """Octets with a place in them. Every read past the end is `MalformedData`."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    def take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._octets):
            raise MalformedData("data ends too early")
        part = self._octets[self._at : end]
        self._at = end
        return part

    def octet(self) -> int:
        return self.take(1)[0]

    def length(self) -> int:
        """A length: one octet below 0x80, else the count of the octets that hold it."""
        first = self.octet()
        if first < 0x80:
            return first
        if not 1 <= first & 0x7F <= 4:
            raise MalformedData("bad length")
        return int.from_bytes(self.take(first & 0x7F))

    def remaining(self) -> int:
        return len(self._octets) - self._at

    def end(self) -> None:
        """Raises MalformedData unless everything was read."""
        if self.remaining():
            raise MalformedData("octets left over")


def decode(octets: bytes) -> Data:
    """The one value in these octets.

    Raises:
        MalformedData: anything else than one whole value.
    """
    reader = Reader(octets)
    data = read_data(reader)
    reader.end()
    return data


def read_data(reader: Reader, depth: int = 0) -> Data:
    """The value at the reader's place.

    Raises:
        MalformedData: an unknown type, an early end, or nesting deeper than `MAX_DEPTH`.
    """
    try:
        tag = Tag(reader.octet())
    except ValueError:
        raise MalformedData("unknown data type") from None
    if number := _NUMBERS.get(tag):
        return Data(tag, number.unpack(reader.take(number.size))[0])
    return Data(tag, _READERS[tag](reader, tag, depth))


def _read_null(_reader: Reader, _tag: Tag, _depth: int) -> None:
    return None


def _read_boolean(reader: Reader, _tag: Tag, _depth: int) -> bool:
    return reader.octet() != 0


def _read_list(reader: Reader, _tag: Tag, depth: int) -> tuple[Data, ...]:
    count = reader.length()
    if depth >= MAX_DEPTH or count > reader.remaining():
        raise MalformedData("nested too deep, or more elements than octets")
    return tuple(read_data(reader, depth + 1) for _ in range(count))


def _read_bits(reader: Reader, _tag: Tag, _depth: int) -> str:
    count = reader.length()
    octets = reader.take((count + 7) // 8)
    return "".join(f"{octet:08b}" for octet in octets)[:count]


def _read_octets(reader: Reader, _tag: Tag, _depth: int) -> bytes:
    return reader.take(reader.length())


def _read_fixed(reader: Reader, tag: Tag, _depth: int) -> bytes:
    return reader.take(_FIXED_OCTETS[tag])


def _read_text(reader: Reader, tag: Tag, _depth: int) -> str:
    try:
        return reader.take(reader.length()).decode(_TEXTS[tag])
    except UnicodeDecodeError:
        raise MalformedData("text that is no UTF-8") from None


_READERS: dict[Tag, Callable[[Reader, Tag, int], Any]] = {
    Tag.NULL: _read_null,
    Tag.ARRAY: _read_list,
    Tag.STRUCTURE: _read_list,
    Tag.BOOLEAN: _read_boolean,
    Tag.BIT_STRING: _read_bits,
    Tag.OCTET_STRING: _read_octets,
    Tag.VISIBLE_STRING: _read_text,
    Tag.UTF8_STRING: _read_text,
    Tag.DATE_TIME: _read_fixed,
    Tag.DATE: _read_fixed,
    Tag.TIME: _read_fixed,
}


def encode(data: Data) -> bytes:
    """The octets of a value.

    Raises:
        LocalProtocolError: the value does not fit its type.
    """
    try:
        return bytes((data.tag,)) + _content(data)
    except (struct.error, ValueError, TypeError, OverflowError, AttributeError) as error:
        raise LocalProtocolError(f"value does not fit {data.tag.name}") from error


def encode_length(length: int) -> bytes:
    if length < 0x80:
        return bytes((length,))
    octets = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes((0x80 | len(octets),)) + octets


def _content(data: Data) -> bytes:
    tag, value = data.tag, data.value
    if number := _NUMBERS.get(tag):
        return number.pack(value)
    if tag is Tag.NULL:
        return b""
    if tag is Tag.BOOLEAN:
        return b"\x01" if value else b"\x00"
    if tag in _LISTS:
        return encode_length(len(value)) + b"".join(map(encode, value))
    if tag is Tag.BIT_STRING:
        return encode_length(len(value)) + _bits(value)
    if tag in _FIXED_OCTETS and len(value) != _FIXED_OCTETS[tag]:
        raise ValueError("wrong length")
    if tag in _FIXED_OCTETS:
        return bytes(value)
    octets = value.encode(_TEXTS[tag]) if tag in _TEXTS else bytes(value)
    return encode_length(len(octets)) + octets


def _bits(bits: str) -> bytes:
    padded = bits.ljust((len(bits) + 7) // 8 * 8, "0")
    return int(padded, 2).to_bytes(len(padded) // 8) if padded else b""


def to_python(data: Data) -> Any:
    """The plain value: tuples of Data become lists, the rest stays as it is."""
    if data.tag in _LISTS:
        return [to_python(element) for element in data.value]
    return data.value
