"""Rows of a buffer: any layout in any pieces, each row at once, held as little as promised, lies found out."""

from collections.abc import Iterator
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms.axdr.coding import Data, Tag, decode, encode, encode_length, to_python
from agent.dlms.axdr.compact_array import CompactArray, TypeDescription
from agent.dlms.axdr.data import INTEGERS
from agent.dlms.profile_buffer.cells import ODD_ROW
from agent.dlms.profile_buffer.rows import Delta, Row, RowStream
from agent.domain.errors import MalformedData
from tests.cpu_time import ratio
from tests.dlms.axdr.strategies import RANGES, SIMPLE_VALUES, any_data, of, values

U8, U32 = Tag.UNSIGNED, Tag.DOUBLE_LONG_UNSIGNED
NO_DELTA = [tag for tag in SIMPLE_VALUES if not tag.name.startswith("DELTA")]
TWO_ROWS = bytes.fromhex("0102 0202 1101 0600000005 0202 1102 0600000006")


def structure(*cells: Data) -> Data:
    return Data(Tag.STRUCTURE, cells)


def rows_of(octets: bytes, columns: int, pieces: Iterator[int] | int = 1 << 20) -> list[Row]:
    """Fed in pieces of these sizes."""
    stream = RowStream(columns)
    rows, at = [], 0
    while at < len(octets):
        size = pieces if isinstance(pieces, int) else next(pieces)
        rows += stream.feed(octets[at : at + size])
        at += size
    stream.finish()
    return rows


def accepted(octets: bytes, columns: int, pieces: int) -> list[Row] | None:
    try:
        return rows_of(octets, columns, pieces)
    except MalformedData:
        return None


def plain(octets: bytes) -> list[Row]:
    return [tuple(row) for row in to_python(decode(octets))]


@st.composite
def buffers(draw: st.DrawFn) -> tuple[int, list[Data]]:
    """A number of columns, and rows of one layout, or few, or of cells that know no layout."""
    columns = draw(st.integers(0, 5))
    kinds = draw(st.lists(st.tuples(*[st.sampled_from(NO_DELTA)] * columns), min_size=1, max_size=3))
    templates = [draw(st.tuples(*(of(tag, SIMPLE_VALUES[tag]) for tag in kind))) for kind in kinds]
    simple = st.sampled_from(templates).flatmap(lambda cells: st.tuples(*map(same_layout, cells)))
    without_delta = any_data.filter(lambda data: not holds_delta(data))
    return columns, draw(st.lists((simple | st.tuples(*[without_delta] * columns)).map(lambda row: structure(*row))))


def same_layout(cell: Data) -> st.SearchStrategy[Data]:
    """Another value of the same type and length, where that is easily had."""
    if cell.tag in RANGES:
        return of(cell.tag, st.integers(*RANGES[cell.tag]))
    if cell.tag is Tag.OCTET_STRING:
        return of(cell.tag, st.binary(min_size=len(cell.value), max_size=len(cell.value)))
    return st.just(cell)


def holds_delta(data: Data) -> bool:
    inner = data.value if isinstance(data.value, tuple) else ()
    return data.tag.name.startswith("DELTA") or any(map(holds_delta, inner))


def array(rows: list[Data]) -> bytes:
    return encode(Data(Tag.ARRAY, tuple(rows)))


@given(buffers(), st.integers(1, 300))
def test_any_rows_in_any_pieces(buffer: tuple[int, list[Data]], size: int) -> None:
    columns, rows = buffer
    octets = array(rows)
    assert rows_of(octets, columns, size) == rows_of(octets, columns) == plain(octets)


@given(buffers())
def test_each_row_comes_with_its_last_octet_and_leaves_nothing_behind(buffer: tuple[int, list[Data]]) -> None:
    columns, rows = buffer
    octets = array(rows)
    head = 1 + len(encode_length(len(rows)))
    ends = list(accumulate((len(encode(row)) for row in rows), initial=head))
    stream, seen = RowStream(columns), 0
    for place in range(len(octets)):
        seen += len(stream.feed(octets[place : place + 1]))
        whole = [end for end in ends if end <= place + 1]
        assert seen == max(0, len(whole) - 1)
        assert len(stream._arrivals.octets) == place + 1 - (whole[-1] if whole else 0)
    stream.finish()


@st.composite
def compact_buffers(draw: st.DrawFn) -> tuple[int, Data]:
    columns = draw(st.integers(1, 5))
    tags = draw(st.tuples(st.just(U8), *[st.sampled_from(NO_DELTA)] * (columns - 1)))
    array_of_two = TypeDescription(Tag.ARRAY, (TypeDescription(Tag.LONG),), 2)
    kinds = tuple(array_of_two if draw(st.integers(0, 9)) == 0 else TypeDescription(tag) for tag in tags)
    description = TypeDescription(Tag.STRUCTURE, kinds)
    rows = draw(st.lists(values(description), max_size=8))
    return columns, Data(Tag.COMPACT_ARRAY, CompactArray(description, tuple(rows)))


@given(compact_buffers(), st.integers(1, 300))
def test_compact_arrays_in_any_pieces(buffer: tuple[int, Data], size: int) -> None:
    columns, data = buffer
    octets = encode(data)
    assert rows_of(octets, columns, size) == rows_of(octets, columns) == plain(octets)


@given(compact_buffers())
def test_each_row_of_a_compact_array_comes_with_its_last_octet(buffer: tuple[int, Data]) -> None:
    columns, data = buffer
    contents = [encode(Data(data.tag, CompactArray(data.value.description, (row,)))) for row in data.value.elements]
    head = len(encode(Data(data.tag, CompactArray(data.value.description, ())))) - 1
    sizes = [len(octets) - head - len(encode_length(len(octets) - head - 1)) for octets in contents]
    octets = encode(data)
    ends = list(accumulate(sizes, initial=len(octets) - sum(sizes)))
    stream, seen = RowStream(columns), 0
    for place in range(len(octets)):
        seen += len(stream.feed(octets[place : place + 1]))
        assert seen == max(0, len([end for end in ends if end <= place + 1]) - 1)
    stream.finish()


@given(buffers() | compact_buffers(), st.data(), st.integers(1, 40))
def test_changed_octets_are_malformed_or_what_decode_finds(
    buffer: tuple[int, list[Data]] | tuple[int, Data], data: st.DataObject, size: int
) -> None:
    columns, content = buffer
    octets = bytearray(array(content) if isinstance(content, list) else encode(content))
    for _ in range(data.draw(st.integers(1, 3))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 40) | st.integers(0, 255))
    rows = accepted(bytes(octets), columns, size)
    if rows is not None and not any(isinstance(cell, Delta) for row in rows for cell in row):
        assert same(rows, bytes(octets), columns) or any(cell != cell for row in rows for cell in row)


def same(rows: list[Row], octets: bytes, columns: int) -> bool:
    """Whether these are what `decode` finds, with odd rows for what is no row."""
    try:
        found = to_python(decode(octets)) or []
    except MalformedData:  # in a value
        return ODD_ROW in rows
    told = [tuple(row) if isinstance(row, list) and len(row) == columns else ODD_ROW for row in found]
    return len(rows) == len(told) and all(row in (expected, ODD_ROW) for row, expected in zip(rows, told, strict=True))


@given(st.sampled_from([b"", b"\x01", b"\x13", b"\x01\x05\x02\x02", b"\x13\x02\x02"]), st.binary(), st.integers(1, 9))
def test_any_octets_give_rows_or_malformed_data(head: bytes, octets: bytes, size: int) -> None:
    accepted(head + octets, 2, size)


@pytest.mark.parametrize(
    "octets",
    [
        "0600000001",  # no array
        "0202 1101 0600000005",
        "0101 0202 1101 0600000005 00",  # octets left over
        "0101 0202 1101 07",  # no such type
        "0101 0202 1101 0984ffffffff",  # longer than any row
        "0101 0202 1101" + "0201" * 20,  # nested too deep
        "13 1101 01",  # rows that are no structures
        "13 0201 11 01 01",  # too few columns
        "13 0202 11 06 06 0102030405 01",  # not whole rows
        "13 0202 00 00 01 01",  # rows without octets
        "13 0202 11 01 ffff 01 ffff 00 84ffffffff 00",
        "13 0202 11 13 06",
        "13 0202 11 06 05 0102030405 01",  # octets left over
    ],
)
@pytest.mark.parametrize("size", [1, 1000])
def test_malformed(octets: str, size: int) -> None:
    stream = RowStream(2)
    raw = bytes.fromhex(octets)
    with pytest.raises(MalformedData):
        for at in range(0, len(raw), size):
            stream.feed(raw[at : at + size])
        stream.finish()
    with pytest.raises(MalformedData):
        stream.feed(b"")
    with pytest.raises(MalformedData):
        stream.finish()


@pytest.mark.parametrize(
    ("octets", "rows"),
    [
        ("0102 1101 0202 1102 1103", [ODD_ROW, (2, 3)]),  # a row that is no structure
        ("0103 0202 1101 1102 0201 1103 0202 1104 1105", [(1, 2), ODD_ROW, (4, 5)]),  # too few columns
        ("0102 0203 1101 1101 1101 0202 1104 1105", [ODD_ROW, (4, 5)]),
        ("0103 0202 1101 1c01 0202 1101 1105 0202 1101 1c01", [ODD_ROW, (1, 5), (1, Delta(1, U8))]),  # to nothing
        ("0102 0202 1101 0901aa 0202 1101 1c01", [(1, b"\xaa"), ODD_ROW]),  # a difference to a text
        ("0102 0202 1101 02011c01 0202 1101 1105", [ODD_ROW, (1, 5)]),  # inside a value
        ("0103 0202 1101 0c0141 0202 1102 0c01ff 0202 1103 0c0142", [(1, "A"), ODD_ROW, (3, "B")]),  # no UTF-8
        ("13 0202 11 1c 02 0101", [ODD_ROW]),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_an_odd_row_costs_no_other(octets: str, rows: list[Row], size: int) -> None:
    assert rows_of(bytes.fromhex(octets), 2, size) == rows


def test_a_buffer_of_nothing_has_no_rows() -> None:
    assert rows_of(bytes.fromhex("00"), 2) == []
    with pytest.raises(MalformedData):
        rows_of(bytes.fromhex("0000"), 2)


@pytest.mark.parametrize("octets", ["", "01", "0100"[:2], TWO_ROWS[:-1].hex(), "0103" + TWO_ROWS[2:].hex(), "130202"])
def test_an_array_that_ends_early_is_not_whole(octets: str) -> None:
    stream = RowStream(2)
    stream.feed(bytes.fromhex(octets))
    with pytest.raises(MalformedData):
        stream.finish()


def test_known_rows() -> None:
    assert rows_of(TWO_ROWS, 2) == [(1, 5), (2, 6)]
    assert rows_of(bytes.fromhex("0100"), 2) == []
    assert rows_of(bytes.fromhex("13 0202 11 06 0a 01 00000005 02 00000006"), 2) == [(1, 5), (2, 6)]


def test_differences_know_what_they_add_to() -> None:
    octets = "0105 0202 00 0600000005  0202 1101 1f02  0202 00 00  0202 1101 1cff  0202 1101 1fff"
    expected = [(None, 5), (1, Delta(2, U32)), (None, None), (1, Delta(-1, U32)), (1, Delta(255, U32))]
    assert rows_of(bytes.fromhex(octets), 2) == expected
    assert rows_of(bytes.fromhex(octets), 2, 1) == expected


@given(st.lists(st.sampled_from([*INTEGERS, Tag.NULL, Tag.DELTA_INTEGER]), max_size=30), st.integers(1, 9))
def test_a_difference_adds_to_the_last_whole_type(tags: list[Tag], size: int) -> None:
    tags = [U8, *tags]
    cells = [Data(tag, None if tag is Tag.NULL else 1) for tag in tags]
    bases: Iterator[Tag] = accumulate(tags, lambda base, tag: tag if tag in INTEGERS else base)
    expected = [
        (Delta(1, base) if cell.tag is Tag.DELTA_INTEGER else cell.value,)
        for cell, base in zip(cells, bases, strict=True)
    ]
    assert rows_of(array([structure(cell) for cell in cells]), 1, size) == expected


def test_rows_that_differ_each_time_take_linear_time() -> None:
    """Six layouts in turn, more than are remembered."""
    kinds = [structure(Data(Tag.OCTET_STRING, bytes(length)), Data(U8, length)) for length in range(6)]
    few, many = array(kinds * 300), array(kinds * 3000)
    assert len(rows_of(many, 2)) == 18_000
    assert ratio(lambda: rows_of(many, 2), lambda: rows_of(few, 2)) < 30, "ten times as many rows"


def test_a_row_of_many_values_octet_by_octet_takes_linear_time() -> None:
    few, many = (
        array([structure(Data(Tag.ARRAY, (Data(Tag.NULL, None),) * count), Data(U8, 1))]) for count in (6_000, 60_000)
    )
    assert len(rows_of(many, 2, 1)) == 1
    assert ratio(lambda: rows_of(many, 2, 1), lambda: rows_of(few, 2, 1)) < 30, "ten times as many octets"


def test_endless_rows_are_not_collected() -> None:
    stream = RowStream(2)
    with pytest.raises(MalformedData):
        stream.feed(bytes.fromhex("0101 0202 0184ffffffff"))
        for _ in range(100):
            stream.feed(bytes(1000))
