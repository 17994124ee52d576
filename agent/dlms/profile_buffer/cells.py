"""The cells of a row, and their plain values; a difference knows the type that it adds to."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from agent.dlms.axdr.coding import to_python
from agent.dlms.axdr.data import DELTAS, EMPTY, INTEGERS, LISTS, Data, Tag
from agent.domain.errors import MalformedData

Row = tuple[Any, ...]
ODD_ROW: Row = ()
"""Stands where the meter sent something that is no row: another number of cells, or a value that makes no sense."""
Bases = Sequence[Tag | None]
"""For each column the type that a difference adds to: that of its last whole value; None if that was no integer."""


class Delta(NamedTuple):
    """A cell that gives its value as the difference from the row before.

    `type` is that of the last whole value in its column; the sum must be within its range too.
    """

    difference: int
    type: Tag


class Cell(NamedTuple):
    """A value, and where it begins in the octets of the row (with its tag, if it has one) and ends."""

    data: Data
    begin: int
    end: int


def plain_row(cells: Sequence[Cell], bases: Bases) -> Row:
    """The values as `to_python` gives them; a difference becomes a `Delta`.

    Raises:
        MalformedData: a difference without a base, or inside another value.
    """
    return tuple(_plain(cell.data, base) for cell, base in zip(cells, bases, strict=True))


def delta(difference: int, base: Tag | None) -> Delta:
    """A difference to a value of type `base`.

    Raises:
        MalformedData: there is no base.
    """
    if base is None:
        raise MalformedData("a difference without a base")
    return Delta(difference, base)


def bases_after(tags: Sequence[Tag], bases: Bases) -> Bases:
    """The bases after a row of these types."""
    return [_base_after(tag, base) for tag, base in zip(tags, bases, strict=True)]


def _plain(data: Data, base: Tag | None) -> Any:
    if data.tag in DELTAS:
        return delta(data.value, base)
    if _holds_difference(data):
        raise MalformedData("a difference inside a value")
    return to_python(data)


def _holds_difference(data: Data) -> bool:
    if data.tag is Tag.COMPACT_ARRAY:
        return any(map(_holds_difference, data.value.elements))
    if data.tag in LISTS:
        return any(map(_holds_difference, data.value))
    return data.tag in DELTAS


def _base_after(tag: Tag, base: Tag | None) -> Tag | None:
    if tag in DELTAS or tag in EMPTY:
        return base
    return tag if tag in INTEGERS else None
