"""Compressed rows filled again: what a meter leaves out and shortens comes back exactly, in batches of any size."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms.axdr.coding import Data, Tag, encode
from agent.dlms.axdr.data import INTEGERS
from agent.dlms.cosem.clock import encode_date_time
from agent.dlms.cosem.names import AttributeDescriptor, Obis
from agent.dlms.profile_buffer.cells import ODD_ROW
from agent.dlms.profile_buffer.expansion import Expansion, expand
from agent.dlms.profile_buffer.rows import Delta, Row, RowStream
from agent.domain.errors import LocalProtocolError

CLOCK = AttributeDescriptor(8, Obis.parse("0.0.1.0.0.255"), 2)
STATUS = AttributeDescriptor(1, Obis.parse("0.0.96.10.1.255"), 2)
ENERGY = AttributeDescriptor(3, Obis.parse("1.0.1.8.0.255"), 2)
COLUMNS = (CLOCK, STATUS, ENERGY)
U32 = Tag.DOUBLE_LONG_UNSIGNED
NULL = Data(Tag.NULL, None)
DELTA_TYPES = {
    Tag.DELTA_INTEGER: INTEGERS[Tag.INTEGER],
    Tag.DELTA_UNSIGNED: INTEGERS[Tag.UNSIGNED],
    Tag.DELTA_LONG: INTEGERS[Tag.LONG],
    Tag.DELTA_LONG_UNSIGNED: INTEGERS[Tag.LONG_UNSIGNED],
    Tag.DELTA_DOUBLE_LONG: INTEGERS[Tag.DOUBLE_LONG],
    Tag.DELTA_DOUBLE_LONG_UNSIGNED: INTEGERS[Tag.DOUBLE_LONG_UNSIGNED],
}
START = datetime(2026, 3, 29, 0, 0, tzinfo=timezone(timedelta(hours=1)))
START_OCTETS = encode_date_time(START)
QUARTER = timedelta(minutes=15)


def profiles() -> st.SearchStrategy[list[tuple[datetime, int, int]]]:
    """Rows a quarter apart, with a gap now and then, a status that seldom changes, and a register that moves."""
    steps = st.tuples(
        st.sampled_from([1, 1, 1, 5]),
        st.sampled_from([0, 0, 0, 128]),
        st.integers(-300, 300) | st.integers(0, 2**32 - 1) | st.just(0),
    )

    def rows(first: int, steps: list[tuple[int, int, int]]) -> list[tuple[datetime, int, int]]:
        moment, energy, rows = START, first, []
        for quarters, status, change in steps:
            moment, energy = moment + quarters * QUARTER, (energy + change) % 2**32
            rows.append((moment, status, energy))
        return rows

    return st.builds(rows, st.integers(0, 2**32 - 1), st.lists(steps, min_size=1, max_size=20))


def compressed(rows: list[tuple[datetime, int, int]]) -> bytes:
    """As a meter would: null where nothing is new, the shortest difference that fits, else the whole value."""
    out = [whole(*rows[0])]
    for before, row in pairwise(rows):
        time, status, energy = whole(*row).value
        difference = row[2] - before[2]
        fitting = [Data(tag, difference) for tag, values in DELTA_TYPES.items() if difference in values]
        cells = (
            NULL if row[0] == before[0] + QUARTER else time,
            NULL if row[1] == before[1] else status,
            NULL if not difference else (fitting or [energy])[0],
        )
        out.append(Data(Tag.STRUCTURE, cells))
    return encode(Data(Tag.ARRAY, tuple(out)))


def whole(moment: datetime, status: int, energy: int) -> Data:
    time = Data(Tag.OCTET_STRING, encode_date_time(moment))
    return Data(Tag.STRUCTURE, (time, Data(Tag.UNSIGNED, status), Data(U32, energy)))


@given(profiles(), st.integers(1, 200))
def test_a_compressed_profile_is_the_whole_profile_again(rows: list[tuple[datetime, int, int]], size: int) -> None:
    octets = compressed(rows)
    stream, expansion, filled = RowStream(3), Expansion(COLUMNS, 900), []
    for at in range(0, len(octets), size):
        filled += expansion.rows(stream.feed(octets[at : at + size]))
    stream.finish()
    assert filled == rows


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], []),
        ([(None, None, None)], [(None, None, None)]),  # nothing known yet
        ([(None, 1, 2), (START_OCTETS, None, None)], [(None, 1, 2), (START, 1, 2)]),
        (
            [(START_OCTETS, 1, 5), (None, None, Delta(-5, U32)), (None, 2, Delta(3, U32)), (None, None, None)],
            [(START, 1, 5), (START + QUARTER, 1, 0), (START + 2 * QUARTER, 2, 3), (START + 3 * QUARTER, 2, 3)],
        ),
        # a time that is not specified is not a time left out, and nothing follows from it
        ([(START_OCTETS, 1, 5), (b"\xff" * 12, 1, 6), (None, 1, 7)], [(START, 1, 5), (None, 1, 6), (None, 1, 7)]),
    ],
)
def test_known_rows(rows: list[tuple[Any, ...]], expected: list[tuple[Any, ...]]) -> None:
    assert expand(rows, COLUMNS, 900) == expected


def test_without_a_capture_period_the_time_stays() -> None:
    assert expand([(START_OCTETS,), (None,)], [CLOCK], 0) == [(START,), (START,)]


@pytest.mark.parametrize(
    "rows",
    [
        [(START_OCTETS, 1, Delta(1, U32))],  # to nothing
        [(START_OCTETS, 1, Delta(-6, U32))],
        [ODD_ROW],
    ],
)
def test_an_odd_row_is_set_aside_and_the_rest_goes_on(rows: list[Row]) -> None:
    sound = [(START_OCTETS, 1, 5), (START_OCTETS, 2, 6)]
    expansion = Expansion(COLUMNS, 900)
    assert expansion.rows([*rows, *sound]) == [(START, 1, 5), (START, 2, 6)]
    assert expansion.set_aside == len(rows)


@pytest.mark.parametrize(("value", "difference"), [(5, -6), (2**32 - 1, 1)])
def test_a_sum_outside_its_type_makes_the_row_odd_and_what_follows_from_it(value: int, difference: int) -> None:
    rows = [(START_OCTETS, 1, value), (None, None, Delta(difference, U32)), (None, 2, Delta(1, U32)), (None, None, 7)]
    expansion = Expansion(COLUMNS, 900)
    assert expansion.rows(rows) == [(START, 1, value), (START + 3 * QUARTER, 2, 7)]
    assert expansion.set_aside == 2


def test_what_follows_from_a_row_that_is_none_is_not_known() -> None:
    rows = [(START_OCTETS, 1, 5), ODD_ROW, (None, None, None), (START_OCTETS, 2, None), (None, None, 7)]
    sound = [(START, 1, 5), (None, None, None), (START, 2, None), (START + QUARTER, 2, 7)]
    assert expand(rows, COLUMNS, 900) == sound


@pytest.mark.parametrize("clock", [START_OCTETS[:11], 1_700_000_000, b"", "now", [1]])
def test_a_clock_that_is_no_date_time_costs_the_time_of_its_row_only(clock: Any) -> None:
    rows = [(START_OCTETS, 1, 5), (clock, 2, 6), (None, 3, 7), (START_OCTETS, 4, 8)]
    assert expand(rows, COLUMNS, 900) == [(START, 1, 5), (None, 2, 6), (None, 3, 7), (START, 4, 8)]


def test_a_time_beyond_the_calendar_is_none() -> None:
    last = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    assert expand([(encode_date_time(last),), (None,)], [CLOCK], 900) == [(last,), (None,)]


def test_the_newest_row_first_and_an_order_that_tells_no_time() -> None:
    rows = [(START_OCTETS, 1, 5), (None, None, 4), (None, None, 3)]
    assert [row[0] for row in expand(rows, COLUMNS, -900)] == [START, START - QUARTER, START - 2 * QUARTER]
    assert expand(rows, COLUMNS, None) == [(START, 1, 5), (None, 1, 4), (None, 1, 3)]


def test_capture_times_are_times_and_stay_where_nothing_is_new() -> None:
    columns = [AttributeDescriptor(4, ENERGY.obis, 5), AttributeDescriptor(5, ENERGY.obis, 6)]
    rows = [(START_OCTETS, START_OCTETS), (None, b"\xff" * 12), (None, None)]
    assert expand(rows, columns, 900) == [(START, START), (START, None), (START, None)]


def test_a_clock_that_cannot_be_costs_the_time_of_its_row_only() -> None:
    impossible = bytes.fromhex("07ea021e070c1e0f19ffc400")  # 30 February
    rows = [(START_OCTETS, 1, 5), (impossible, 2, 6), (START_OCTETS, 3, 7)]
    assert expand(rows, COLUMNS, 900) == [(START, 1, 5), (None, 2, 6), (START, 3, 7)]


@pytest.mark.parametrize("rows", [[(START_OCTETS, 1)], [(START_OCTETS, 1, 2, 3)], [(None, 1, 2), (None, 1)]])
def test_columns_never_shift(rows: list[tuple[Any, ...]]) -> None:
    with pytest.raises(LocalProtocolError):
        expand(rows, COLUMNS, 900)
