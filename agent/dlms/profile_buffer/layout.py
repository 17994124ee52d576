"""The layout of a row: which tags and lengths are where. Rows of one layout are decoded many at a time."""

import struct
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from agent.dlms.axdr.data import DELTAS, EMPTY, FIXED_OCTETS, NUMBERS, Data, Tag, bits_of, text_of
from agent.dlms.profile_buffer.cells import Bases, Cell, Row, bases_after, delta

_TEXTS = (Tag.VISIBLE_STRING, Tag.UTF8_STRING)
_VARIABLE = (Tag.OCTET_STRING, Tag.BIT_STRING, *_TEXTS)

_Column = Sequence[Any]
_Conversion = Callable[[_Column, Tag | None], _Column]


class Layout:
    """What all rows of one layout have in common. `size` is in octets."""

    def __init__(self, row: bytes, cells: Sequence[Cell]) -> None:
        self.size = len(row)
        self._tags = [cell.data.tag for cell in cells]
        first = cells[0].begin if cells else len(row)
        headers, formats = [*range(first)], [f">{first}x"]
        for data, begin, end in cells:
            content = end - _content_octets(data)
            headers += range(begin, content)
            formats.append(f"{content - begin}x{_format(data.tag, end - content)}")
        self._headers = [(at, row[at : at + 1]) for at in headers]
        self._struct = struct.Struct("".join(formats))
        self._conversions = [
            (column, conversion)
            for column, cell in enumerate(cells)
            if (conversion := _conversion(cell.data)) is not None
        ]

    @classmethod
    def of(cls, row: bytes, cells: Sequence[Cell]) -> "Layout | None":
        """The layout of a row with these cells; None if a value holds other values."""
        simple = all(cell.data.tag in FIXED_OCTETS or cell.data.tag in _VARIABLE for cell in cells)
        return cls(row, cells) if simple else None

    def count(self, octets: bytearray, limit: int) -> int:
        """How many whole rows of this layout the octets begin with, up to the limit."""
        count = min(len(octets) // self.size, limit)
        for at, header in self._headers:
            if not count:
                break
            column = octets[at : count * self.size : self.size]
            count -= len(column.lstrip(header))
        return count

    def may_begin(self, octets: bytearray) -> bool:
        """Whether these octets are the beginning of a row of this layout."""
        return len(octets) < self.size and all(octets[at : at + 1] in (header, b"") for at, header in self._headers)

    def rows(self, octets: bytearray, bases: Bases) -> list[Row]:
        """The rows in these octets, which are whole rows of this layout.

        Raises:
            MalformedData: a text that is not UTF-8, or a difference without a base.
        """
        rows: list[Row] = list(self._struct.iter_unpack(octets))
        if not self._conversions:
            return rows
        columns: list[_Column] = list(zip(*rows, strict=True))
        for column, conversion in self._conversions:
            columns[column] = conversion(columns[column], bases[column])
        return list(zip(*columns, strict=True))

    def bases_after(self, bases: Bases) -> Bases:
        """The bases after a row of this layout."""
        return bases_after(self._tags, bases)


def _content_octets(data: Data) -> int:
    if data.tag in FIXED_OCTETS:
        return FIXED_OCTETS[data.tag]
    if data.tag is Tag.BIT_STRING:
        return (len(data.value) + 7) // 8
    return len(data.value.encode() if data.tag is Tag.UTF8_STRING else data.value)


def _format(tag: Tag, octets: int) -> str:
    if number := NUMBERS.get(tag):
        return number.format[1:]
    return "?" if tag is Tag.BOOLEAN else f"{octets}s"


def _conversion(data: Data) -> _Conversion | None:
    """Makes plain values of those that `struct` gives for a column; None if they are plain already."""
    if data.tag in EMPTY:
        return _nothing
    if data.tag in DELTAS:
        return _deltas
    if data.tag is Tag.BIT_STRING:
        return partial(_bits, len(data.value))
    return partial(_texts, data.tag) if data.tag in _TEXTS else None


def _nothing(cells: _Column, _base: Tag | None) -> _Column:
    return [None] * len(cells)


def _deltas(cells: _Column, base: Tag | None) -> _Column:
    return [delta(cell, base) for cell in cells]


def _bits(count: int, cells: _Column, _base: Tag | None) -> _Column:
    return [bits_of(cell, count) for cell in cells]


def _texts(tag: Tag, cells: _Column, _base: Tag | None) -> _Column:
    return [text_of(cell, tag) for cell in cells]
