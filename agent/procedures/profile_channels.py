"""What the columns of a profile become: channels with names, units and plain values (IEC 62056-6-2:2017)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal
from typing import Any

from agent.dlms import AttributeDescriptor, Data, DataAccessResult
from agent.dlms.cosem.capture import CaptureObject
from agent.dlms.cosem.clock import clock_values
from agent.dlms.cosem.registers import holds_time, holds_value, scaler_attribute
from agent.dlms.cosem.units import scaler_and_unit
from agent.dlms.cosem.values import decimal_of
from agent.domain.errors import MalformedData
from agent.domain.results import Cell, ProfileChannel
from agent.procedures.dialogue import Dialogue, ask

Scalers = Mapping[int, tuple[int, str]]
"""Scaler and unit by column number."""

MAX_CHANNELS, _MAX_TEXT = 64, 200
_ATTRIBUTES = {1: 2, 3: 3, 4: 5, 5: 9, 8: 9}
"""By class, how many attributes an object has."""
_LOGICAL_NAME = 1
_EXACT = Context(prec=40)


@dataclass(frozen=True)
class _Part:
    """A plain value within the cell of column `source`: for each level the place of the element, and of how many."""

    source: int
    name: str
    path: tuple[tuple[int, int], ...] = ()
    scaling: tuple[int, str] | None = None
    is_time: bool = False
    is_joined: bool = False

    def of(self, row: Sequence[Any]) -> Cell:
        """Raises: MalformedData, for a cell that is no such value."""
        cell = row[self.source]
        for place, count in self.path:
            if cell is None:
                return None
            if not isinstance(cell, list) or len(cell) != count:
                raise MalformedData("a structure of another form")
            cell = cell[place]
        if cell is None or isinstance(cell, datetime):
            return cell
        if self.is_joined:
            return _text(" ".join(_texts(cell)))
        if self.is_time:
            return _time(cell)
        return _plain(cell) if self.scaling is None else _quantity(cell, self.scaling[0])


class Spread:
    """The channels of a profile. A column that holds a whole object or a structure becomes a channel for each value in
    it, or a text where that were too many; `examples` are the first rows, which tell what structures are like. Rows
    of another form are left out and counted in `set_aside`.

    Raises:
        MalformedData: more channels than can be kept.
    """

    def __init__(self, columns: Sequence[CaptureObject], scalers: Scalers, examples: Sequence[Sequence[Any]] = ()):
        cells = [_typical([row[number] for row in examples]) for number in range(len(columns))]
        parts = [
            _parts(number, *each, scalers.get(number)) for number, each in enumerate(zip(columns, cells, strict=True))
        ]
        if sum(map(len, parts)) > MAX_CHANNELS:
            parts = [
                each if len(each) == 1 else [_joined(number, columns[number])] for number, each in enumerate(parts)
            ]
        if len(parts) > MAX_CHANNELS:
            raise MalformedData("a profile of too many columns")
        self._parts = [part for each in parts for part in each]
        self.channels = tuple(ProfileChannel(part.name, *part.scaling or (None, None)) for part in self._parts)
        self.set_aside = 0

    def rows(self, batch: Iterable[Sequence[Any]]) -> list[tuple[Cell, ...]]:
        """The rows with a plain value for each channel."""
        return [row for each in batch if (row := self._row(each)) is not None]

    def _row(self, row: Sequence[Any]) -> tuple[Cell, ...] | None:
        try:
            return tuple([part.of(row) for part in self._parts])
        except MalformedData:
            self.set_aside += 1
            return None


def read_scalers(columns: Sequence[CaptureObject]) -> Dialogue[tuple[dict[int, tuple[int, str]], bool]]:
    """Scaler and unit by column number, for columns that hold values of a register or the register itself; and
    whether the meter gave them all."""
    wanted = {
        number: AttributeDescriptor(column.class_id, column.obis, attribute)
        for number, column in enumerate(columns)
        if (attribute := scaler_attribute(column.class_id, column.attribute)) is not None
    }
    if not wanted:
        return {}, True
    asked = tuple(dict.fromkeys(wanted.values()))
    answer = yield from ask(asked)
    given = dict(zip(asked, map(_scaling, answer.values), strict=True))
    found = {number: scaling for number, asked_for in wanted.items() if (scaling := given[asked_for]) is not None}
    return found, len(found) == len(wanted)


def _scaling(value: Data | DataAccessResult) -> tuple[int, str] | None:
    try:
        return None if isinstance(value, DataAccessResult) else scaler_and_unit(value)
    except MalformedData:
        return None


def _typical(cells: Sequence[Any]) -> Any:
    """The structure that most of these cells are like; None if most are none."""
    lists = [cell for cell in cells if isinstance(cell, list)]
    if len(lists) * 2 <= len(cells) - cells.count(None):
        return None
    (length, _), *_ = Counter(map(len, lists)).most_common(1)
    return next(cell for cell in lists if len(cell) == length)


def _parts(number: int, column: CaptureObject, cell: Any, scaling: tuple[int, str] | None) -> list[_Part]:
    if column.attribute == 0:
        return _attributes(number, column, cell, scaling)
    whole = _Part(number, str(column), (), scaling, holds_time(column.class_id, column.attribute))
    return _flat(whole, cell)


def _attributes(number: int, column: CaptureObject, cell: Any, scaling: tuple[int, str] | None) -> list[_Part]:
    """Of a whole object: all but its name, and the scaler and unit that its values have already."""
    count = len(cell) if isinstance(cell, list) else _ATTRIBUTES.get(column.class_id, 0)
    if not count:
        return [_Part(number, str(column))]
    left_out = (_LOGICAL_NAME, scaler_attribute(column.class_id) if scaling else None)
    parts: list[_Part] = []
    for attribute in range(1, count + 1):
        if attribute not in left_out:
            name = f"{column.class_id}/{column.obis}/{attribute}"
            own = scaling if holds_value(column.class_id, attribute) else None
            is_time = holds_time(column.class_id, attribute) or (column.class_id, attribute) == (8, 2)
            part = _Part(number, name, ((attribute - 1, count),), own, is_time)
            parts += _flat(part, cell[attribute - 1] if isinstance(cell, list) else None)
    return parts


def _flat(part: _Part, cell: Any) -> list[_Part]:
    """The part, or those in it."""
    if not isinstance(cell, list) or not cell:
        return [part]
    inner = (
        (_Part(part.source, f"{part.name}/{place + 1}", (*part.path, (place, len(cell))), part.scaling), each)
        for place, each in enumerate(cell)
    )
    return [flat for within, each in inner for flat in _flat(within, each)]


def _quantity(cell: Any, exponent: int) -> Cell:
    if not isinstance(cell, int | float):
        raise MalformedData("a quantity that is no number")
    value = decimal_of(cell) if isinstance(cell, float) else Decimal(cell)
    return None if value is None else value.scaleb(exponent, _EXACT)


def _time(cell: Any) -> datetime | None:
    try:
        return clock_values([cell])[0] if isinstance(cell, bytes) else None
    except MalformedData:
        return None


def _plain(cell: Any) -> Cell:
    if isinstance(cell, float):
        return decimal_of(cell)
    if isinstance(cell, list):
        if cell:
            raise MalformedData("a structure where there was none")
        return None
    if isinstance(cell, int) and not isinstance(cell, bool):
        return cell
    return _text(cell.hex() if isinstance(cell, bytes) else str(cell))


def _joined(number: int, column: CaptureObject) -> _Part:
    return _Part(number, str(column), is_joined=True)


def _texts(cell: Any) -> Iterator[str]:
    """Of all values in it, in order."""
    if isinstance(cell, list):
        for each in cell:
            yield from _texts(each)
    else:
        yield cell.hex() if isinstance(cell, bytes) else str(cell)


def _text(text: str) -> str:
    if len(text) > _MAX_TEXT:
        raise MalformedData("a longer text than can be kept")
    return text
