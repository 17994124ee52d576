"""The rows of a profile's buffer, each as soon as its octets have arrived (IEC 62056-6-2:2017, class 7).

A buffer is an array, or a compact array, of structures. Its rows mostly have one layout, or few: a layout is learned
from the first row that has it, and the rows that follow are decoded many at a time.
"""

from collections import deque
from collections.abc import Sequence

from agent.dlms.axdr.coding import read_data
from agent.dlms.axdr.compact_array import TypeDescription, is_believable, read_description, read_element
from agent.dlms.axdr.data import Reader, Tag
from agent.dlms.profile_buffer.cells import ODD_ROW, Bases, Cell, Delta, Row, bases_after, plain_row
from agent.dlms.profile_buffer.extent import MAX_VALUE, Arrivals, Steps, skip_data, skip_description, skip_element
from agent.dlms.profile_buffer.layout import Layout
from agent.domain.errors import MalformedData

__all__ = ["Delta", "Row", "RowStream"]

MAX_LAYOUTS = 4
_LEAST_AHEAD = 4


class RowStream:
    """Takes the octets of one buffer in pieces of any size, and gives its rows.

    A row is a tuple of `columns` plain values as `to_python` gives them; a null cell is None, a difference is a
    `Delta`. What stands for a row and is none becomes `ODD_ROW`, and those after it are sound. A buffer of null-data
    has no rows. At most one unfinished row and the type description of a compact array are held.
    """

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._arrivals = Arrivals()
        self._layouts: deque[Layout] = deque(maxlen=MAX_LAYOUTS)
        self._bases: Bases = [None] * columns
        self._ahead = _LEAST_AHEAD
        self._rows: list[Row] = []
        self._whole = False
        self._steps = self._run()

    def feed(self, octets: bytes) -> list[Row]:
        """The rows that these octets complete. Where they can be no row at all, those before are given, and the next
        call or `finish` raises.

        Raises:
            MalformedData: these or earlier octets cannot belong to such a buffer.
        """
        self._arrivals.octets += octets
        try:
            next(self._steps)
        except StopIteration:
            raise MalformedData("the buffer was malformed before") from None
        except MalformedData:
            if not self._rows:
                raise
        rows, self._rows = self._rows, []
        return rows

    def finish(self) -> None:
        """Raises `MalformedData` unless the array is whole."""
        if not self._whole:
            raise MalformedData("the array is not whole")

    def _run(self) -> Steps[None]:
        tag = yield from self._arrivals.octet()
        if tag == Tag.ARRAY:
            yield from self._array()
        elif tag == Tag.COMPACT_ARRAY:
            yield from self._compact_array()
        elif tag == Tag.NULL:
            self._arrivals.drop(1)
        else:
            raise MalformedData("not an array")
        self._whole = True
        while not self._arrivals.octets:
            yield
        self._whole = False
        raise MalformedData("octets left over")

    def _array(self) -> Steps[None]:
        count = yield from self._arrivals.length()
        yield from self._all(_TaggedRows(self._columns, count))

    def _compact_array(self) -> Steps[None]:
        arrivals = self._arrivals
        arrivals.drop(arrivals.at)
        yield from skip_description(arrivals)
        description = read_description(Reader(bytes(arrivals.octets[: arrivals.at])))
        if description.tag is not Tag.STRUCTURE or len(description.elements) != self._columns:
            raise MalformedData("rows with another number of columns")
        octets = yield from arrivals.length()
        if octets and not is_believable(description, min(octets, MAX_VALUE)):
            raise MalformedData("rows of this type cannot fill the array")
        yield from self._all(_TypedRows(description, octets))

    def _all(self, rest: "_TaggedRows | _TypedRows") -> Steps[None]:
        self._arrivals.drop(self._arrivals.at)
        while rest.left:
            if self._take_known(rest):
                continue
            if any(rest.room(layout) and layout.may_begin(self._arrivals.octets) for layout in self._layouts):
                yield
            else:
                yield from self._take_other(rest)

    def _take_known(self, rest: "_TaggedRows | _TypedRows") -> bool:
        """Whether there were rows of a known layout; looks further ahead the longer one layout lasts."""
        octets = self._arrivals.octets
        for layout in self._layouts:
            count = layout.count(octets, min(rest.room(layout), self._ahead))
            if count:
                self._ahead = self._ahead * 4 if count == self._ahead else _LEAST_AHEAD
                size = count * layout.size
                self._rows += self._rows_of(layout, octets[:size])
                self._bases = layout.bases_after(self._bases)
                self._arrivals.drop(size)
                rest.took(count, size)
                return True
        return False

    def _take_other(self, rest: "_TaggedRows | _TypedRows") -> Steps[None]:
        """Takes one row of a layout that is not known yet."""
        yield from rest.skip(self._arrivals)
        row = bytes(self._arrivals.octets[: self._arrivals.at])
        try:
            self._learn(row, rest.cells(row))
        except MalformedData:
            self._rows.append(ODD_ROW)
        self._arrivals.drop(len(row))
        rest.took(1, len(row))

    def _learn(self, row: bytes, cells: Sequence[Cell]) -> None:
        self._rows.append(plain_row(cells, self._bases))
        self._bases = bases_after([cell.data.tag for cell in cells], self._bases)
        if layout := Layout.of(row, cells):
            self._layouts.appendleft(layout)

    def _rows_of(self, layout: Layout, octets: bytearray) -> Sequence[Row]:
        """Rows of one layout; where one of them makes no sense, each by itself."""
        try:
            return layout.rows(octets, self._bases)
        except MalformedData:
            if len(octets) == layout.size:
                return [ODD_ROW]
        starts = range(0, len(octets), layout.size)
        return [row for at in starts for row in self._rows_of(layout, octets[at : at + layout.size])]


class _TaggedRows:
    """The rest of an array: `left` rows, each value with its tag."""

    def __init__(self, columns: int, count: int) -> None:
        self._columns = columns
        self.left = count

    def room(self, _layout: Layout) -> int:
        return self.left

    def took(self, rows: int, _octets: int) -> None:
        self.left -= rows

    def skip(self, arrivals: Arrivals) -> Steps[None]:
        yield from skip_data(arrivals, 1)

    def cells(self, row: bytes) -> Sequence[Cell]:
        reader = Reader(row)
        if reader.tag() is not Tag.STRUCTURE or reader.length() != self._columns:
            raise MalformedData("a row with another number of columns")
        return [_cell(reader, row, None) for _ in range(self._columns)]


class _TypedRows:
    """The rest of a compact array: `left` octets, with rows of one type in them."""

    def __init__(self, description: TypeDescription, octets: int) -> None:
        self._description = description
        self.left = octets

    def room(self, layout: Layout) -> int:
        return self.left // layout.size

    def took(self, _rows: int, octets: int) -> None:
        self.left -= octets

    def skip(self, arrivals: Arrivals) -> Steps[None]:
        arrivals.limit = min(MAX_VALUE, self.left)
        yield from skip_element(arrivals, self._description)

    def cells(self, row: bytes) -> Sequence[Cell]:
        reader = Reader(row)
        return [_cell(reader, row, element) for element in self._description.elements]


def _cell(reader: Reader, row: bytes, description: TypeDescription | None) -> Cell:
    begin = len(row) - reader.remaining()
    data = read_element(reader, description) if description else read_data(reader, 2)
    return Cell(data, begin, len(row) - reader.remaining())
