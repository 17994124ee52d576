"""Parts of a profile's buffer, and times that run on."""

from datetime import UTC, datetime, timedelta

import pytest

from agent.dlms import AttributeDescriptor, Data, Obis, Tag
from agent.dlms.axdr.compact_array import CompactArray, TypeDescription
from agent.dlms.cosem.clock import encode_date_time
from agent.meters.twin.rows import RowShape, later, part_of, row_times, rows_of
from tests.meters.twin.samples import number, octets

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SHAPE = RowShape((AttributeDescriptor(8, Obis(0, 0, 1, 0, 0), 2), AttributeDescriptor(3, Obis(1, 0, 1, 8, 0), 2)), 900)
NULL = Data(Tag.NULL, None)


def row(*cells: Data) -> Data:
    return Data(Tag.STRUCTURE, cells)


def clock(minutes: int) -> Data:
    return octets(encode_date_time(NOON + timedelta(minutes=minutes)))


SHORTENED = Data(
    Tag.ARRAY, (row(clock(0), number(7)), row(NULL, NULL), row(NULL, Data(Tag.DELTA_UNSIGNED, 3)), row(NULL, NULL))
)


def test_times_of_rows_without_a_clock() -> None:
    assert row_times(rows_of(SHORTENED), SHAPE) == [NOON + timedelta(minutes=15 * n) for n in range(4)]
    assert row_times(rows_of(SHORTENED), RowShape()) == [None] * 4


def test_a_part_that_begins_in_the_middle_is_whole() -> None:
    part = part_of(SHORTENED, [2, 3], SHAPE)
    assert part == Data(Tag.ARRAY, (row(clock(30), number(10)), row(NULL, NULL)))
    assert part_of(SHORTENED, [0, 1, 2, 3], SHAPE) == SHORTENED
    assert part_of(SHORTENED, [1], SHAPE, [1]) == Data(Tag.ARRAY, (row(number(7)),))
    assert part_of(SHORTENED, [], SHAPE) == Data(Tag.ARRAY, ())


def test_a_part_of_a_compact_array() -> None:
    rows = tuple(row(clock(15 * n), number(n)) for n in range(3))
    compact = Data(Tag.COMPACT_ARRAY, CompactArray(TypeDescription.of(rows[0]), rows))
    assert rows_of(part_of(compact, [1, 2], SHAPE)) == rows[1:]
    assert part_of(compact, [1, 2], SHAPE).tag is Tag.COMPACT_ARRAY
    assert part_of(compact, [2], SHAPE, [1]) == Data(Tag.ARRAY, (row(number(2)),))


def test_rows_that_are_none() -> None:
    odd = Data(Tag.ARRAY, (number(1), row(clock(0)), row()))
    assert row_times(rows_of(odd), SHAPE) == [None, NOON, None]
    assert rows_of(number(1)) == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("07ea0601010c000000000000", "07ea0602020d000500000000"),
        ("07ea0601ff0c0000ff800080", "07ea0602ff0d0005ff800080"),
        ("ffffffffffffffffff8000ff", "ffffffffffffffffff8000ff"),
        ("07ea0d01010c000000000000", "07ea0d01010c000000000000"),
        ("0000", "0000"),
    ],
)
def test_later(before: str, after: str) -> None:
    by = timedelta(days=1, hours=1, seconds=5)
    assert later(bytes.fromhex(before), by).hex() == after
    assert later(bytes.fromhex(before), timedelta()).hex() == before
