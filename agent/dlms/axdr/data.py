"""The data types of COSEM (IEC 62056-6-2:2017): their tags, and the contents of those that hold no others."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from agent.domain.errors import MalformedData

MAX_DEPTH = 16
"""Of arrays and structures in each other."""


class Tag(IntEnum):
    """A data type; the value is the octet before its contents."""

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
    COMPACT_ARRAY = 19
    LONG64 = 20
    LONG64_UNSIGNED = 21
    ENUM = 22
    FLOAT32 = 23
    FLOAT64 = 24
    DATE_TIME = 25
    DATE = 26
    TIME = 27
    DELTA_INTEGER = 28
    DELTA_LONG = 29
    DELTA_DOUBLE_LONG = 30
    DELTA_UNSIGNED = 31
    DELTA_LONG_UNSIGNED = 32
    DELTA_DOUBLE_LONG_UNSIGNED = 33
    DONT_CARE = 255


@dataclass(frozen=True, slots=True)
class Data:
    """A value with its type.

    `value` is None (null-data, dont-care); bool; int (numbers, differences, enum, bcd as its octet); float; bytes
    (octet-string, date-time, date, time); str (visible and UTF-8 strings, and bit-strings as `0` and `1`); a tuple
    of Data (array, structure); or a CompactArray.
    """

    tag: Tag
    value: Any


NUMBERS = {
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
    Tag.DELTA_INTEGER: struct.Struct(">b"),
    Tag.DELTA_LONG: struct.Struct(">h"),
    Tag.DELTA_DOUBLE_LONG: struct.Struct(">i"),
    Tag.DELTA_UNSIGNED: struct.Struct(">B"),
    Tag.DELTA_LONG_UNSIGNED: struct.Struct(">H"),
    Tag.DELTA_DOUBLE_LONG_UNSIGNED: struct.Struct(">I"),
}
DELTAS = frozenset(tag for tag in Tag if tag.name.startswith("DELTA"))
INTEGERS = {
    tag: range(-(1 << bits - 1), 1 << bits - 1) if signed else range(1 << bits)
    for tag, bits, signed in (
        (Tag.INTEGER, 8, True),
        (Tag.LONG, 16, True),
        (Tag.DOUBLE_LONG, 32, True),
        (Tag.LONG64, 64, True),
        (Tag.UNSIGNED, 8, False),
        (Tag.LONG_UNSIGNED, 16, False),
        (Tag.DOUBLE_LONG_UNSIGNED, 32, False),
        (Tag.LONG64_UNSIGNED, 64, False),
    )
}
"""The types that a difference can be added to, and the range of their values."""
LISTS = (Tag.ARRAY, Tag.STRUCTURE)
EMPTY = (Tag.NULL, Tag.DONT_CARE)
FIXED_OCTETS = {
    Tag.NULL: 0,
    Tag.DONT_CARE: 0,
    Tag.BOOLEAN: 1,
    Tag.DATE_TIME: 12,
    Tag.DATE: 5,
    Tag.TIME: 4,
    **{tag: number.size for tag, number in NUMBERS.items()},
}
"""Octets of the contents of each type that is encoded without a length."""
_TAGS = {tag.value: tag for tag in Tag}
_ENCODINGS = {Tag.VISIBLE_STRING: "latin-1", Tag.UTF8_STRING: "utf-8"}


class Reader:
    """Octets with a position. Reading past the end raises `MalformedData`."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    def take(self, count: int) -> bytes:
        """The next octets."""
        end = self._at + count
        if end > len(self._octets):
            raise MalformedData("data ends too early")
        part = self._octets[self._at : end]
        self._at = end
        return part

    def octet(self) -> int:
        """The next octet."""
        return self.take(1)[0]

    def length(self) -> int:
        """A length: one octet below 0x80, else 0x80 plus the number of octets that hold it."""
        first = self.octet()
        if first < 0x80:
            return first
        if not 1 <= first & 0x7F <= 4:
            raise MalformedData("bad length")
        return int.from_bytes(self.take(first & 0x7F))

    def tag(self) -> Tag:
        """The next octet as a tag; an unknown one raises `MalformedData`."""
        return known_tag(self.octet())

    def remaining(self) -> int:
        """How many octets were not read yet."""
        return len(self._octets) - self._at

    def end(self) -> None:
        """Raises `MalformedData` unless everything was read."""
        if self.remaining():
            raise MalformedData("octets left over")


def known_tag(octet: int) -> Tag:
    """The tag of this octet.

    Raises:
        MalformedData: there is none.
    """
    try:
        return _TAGS[octet]
    except KeyError:
        raise MalformedData("unknown data type") from None


def read_content(reader: Reader, tag: Tag) -> Any:
    """The value behind the tag, for a type that holds no others.

    Raises:
        MalformedData: an early end, or a text that is not UTF-8.
    """
    if number := NUMBERS.get(tag):
        return number.unpack(reader.take(number.size))[0]
    return _READERS[tag](reader, tag)


def content(tag: Tag, value: Any) -> bytes:
    """The octets behind the tag; any error of Python itself means that the value does not fit its type."""
    if number := NUMBERS.get(tag):
        return number.pack(value)
    return _WRITERS[tag](tag, value)


def encode_length(length: int) -> bytes:
    """The octets of a length, as `Reader.length` reads them."""
    if length < 0x80:
        return bytes((length,))
    octets = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes((0x80 | len(octets),)) + octets


def bits_of(octets: bytes, count: int) -> str:
    """The first `count` bits, as `0` and `1`."""
    return "".join(f"{octet:08b}" for octet in octets)[:count]


def text_of(octets: bytes, tag: Tag) -> str:
    """The text of a visible or UTF-8 string.

    Raises:
        MalformedData: it is not UTF-8.
    """
    try:
        return octets.decode(_ENCODINGS[tag])
    except UnicodeDecodeError:
        raise MalformedData("text that is not UTF-8") from None


def _read_bits(reader: Reader, _tag: Tag) -> str:
    count = reader.length()
    return bits_of(reader.take((count + 7) // 8), count)


def _read_fixed(reader: Reader, tag: Tag) -> bytes:
    return reader.take(FIXED_OCTETS[tag])


def _read_text(reader: Reader, tag: Tag) -> str:
    return text_of(reader.take(reader.length()), tag)


_READERS: dict[Tag, Callable[[Reader, Tag], Any]] = {
    Tag.NULL: lambda _reader, _tag: None,
    Tag.DONT_CARE: lambda _reader, _tag: None,
    Tag.BOOLEAN: lambda reader, _tag: reader.octet() != 0,
    Tag.BIT_STRING: _read_bits,
    Tag.OCTET_STRING: lambda reader, _tag: reader.take(reader.length()),
    Tag.VISIBLE_STRING: _read_text,
    Tag.UTF8_STRING: _read_text,
    Tag.DATE_TIME: _read_fixed,
    Tag.DATE: _read_fixed,
    Tag.TIME: _read_fixed,
}


def _bits(_tag: Tag, bits: str) -> bytes:
    padded = bits.ljust((len(bits) + 7) // 8 * 8, "0")
    octets = int(padded, 2).to_bytes(len(padded) // 8) if padded else b""
    return encode_length(len(bits)) + octets


def _fixed(tag: Tag, value: bytes) -> bytes:
    if len(value) != FIXED_OCTETS[tag]:
        raise ValueError("wrong length")
    return bytes(value)


def _octets(_tag: Tag, value: bytes) -> bytes:
    return encode_length(len(value)) + bytes(value)


def _text(tag: Tag, value: str) -> bytes:
    return _octets(tag, value.encode(_ENCODINGS[tag]))


_WRITERS: dict[Tag, Callable[[Tag, Any], bytes]] = {
    Tag.NULL: lambda _tag, _value: b"",
    Tag.DONT_CARE: lambda _tag, _value: b"",
    Tag.BOOLEAN: lambda _tag, value: b"\x01" if value else b"\x00",
    Tag.BIT_STRING: _bits,
    Tag.OCTET_STRING: _octets,
    Tag.VISIBLE_STRING: _text,
    Tag.UTF8_STRING: _text,
    Tag.DATE_TIME: _fixed,
    Tag.DATE: _fixed,
    Tag.TIME: _fixed,
}
