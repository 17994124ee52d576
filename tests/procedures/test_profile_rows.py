"""Where a meter does not select rows by time: by entry, else all of them, filtered here, and said before."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms import Data, DataAccessResult, Obis, Tag
from agent.dlms.cosem.capture import SortMethod
from agent.dlms.cosem.selection import ENTRY, RANGE
from agent.domain.errors import AccessRefused
from agent.procedures.dialogue import Remark
from agent.procedures.profile_generic import shape
from agent.procedures.profile_rows import RowReader
from tests.dlms.virtual_line import LAST_ROW
from tests.jobs.load_profiles.profile_meter import NO_MOMENT, QUARTER, GivenMeter, given_meter, row
from tests.procedures.at_meter import AtMeter

PROFILE = Obis(1, 0, 99, 1, 0)
REFUSED = DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
TIMES = [LAST_ROW - n * QUARTER for n in reversed(range(60))]
REFUSALS = [each for each in DataAccessResult if each.name not in ("SUCCESS", "OBJECT_UNDEFINED")]


def meter_of(times: list[datetime], *refused: int | None, sort: SortMethod = SortMethod.FIFO) -> GivenMeter:
    meter = given_meter([row(time, number) for number, time in enumerate(times)])
    if sort is SortMethod.LIFO:
        meter.held.rows.reverse()
    meter.held.sort_method = sort
    meter.held.refusals = dict.fromkeys(refused, REFUSED)
    return meter


def read(
    meter: GivenMeter, first: datetime, last: datetime
) -> tuple[list[datetime | None], list[str], list[int | None]]:
    """The times of the rows, what was said, and the seconds that were told before."""
    at_meter = AtMeter(meter)
    found: list[tuple[datetime | None, int]] = []
    told: list[int | None] = []
    known = at_meter.run(shape(PROFILE))
    reader = RowReader(PROFILE, known, found.extend, told.append)
    at_meter.run(reader.between(first, last))
    remarks = [each.text for each in at_meter.requests if isinstance(each, Remark)]
    return [each[0] for each in found], remarks, told


@given(
    st.lists(st.sampled_from([1, 1, 1, 2, 9]), min_size=1, max_size=40),
    st.integers(-5, 120),
    st.integers(0, 120),
    st.sampled_from([(RANGE,), (RANGE, ENTRY)]),
    st.sampled_from([SortMethod.FIFO, SortMethod.LIFO]),
)
def test_just_the_rows_of_the_range_whatever_the_gaps_the_order_and_the_way(
    steps: list[int], begin: int, length: int, refused: tuple[int, ...], sort: SortMethod
) -> None:
    times = [LAST_ROW - sum(steps[number:]) * QUARTER for number in range(len(steps))]
    first = LAST_ROW - begin * QUARTER - timedelta(minutes=3)
    meter = meter_of(times, *refused, sort=sort)
    found, remarks, told = read(meter, first, first + length * QUARTER)
    assert sorted(filter(None, found)) == [time for time in times if first <= time <= first + length * QUARTER]
    assert found == sorted(found, reverse=sort is SortMethod.LIFO)  # type: ignore[type-var]
    assert len(remarks) == 2 and len(told) == 1
    assert meter.held.asked[-1] == (ENTRY if refused == (RANGE,) else None)


def test_by_entry_only_the_part_that_is_needed_is_read() -> None:
    meter = meter_of(TIMES, RANGE)
    meter.held.asked.clear()
    found, remarks, told = read(meter, LAST_ROW - 3 * QUARTER, LAST_ROW)
    assert found == TIMES[-4:]
    assert remarks == [
        "The meter does not select rows by time (scope-of-access-violated)",
        "Reading entries 48 to 60, about 1 s",
    ]
    assert told == [1]


def test_the_whole_buffer_is_said_before_with_its_time() -> None:
    meter = meter_of([LAST_ROW - n * QUARTER for n in reversed(range(2880))], RANGE, ENTRY)
    found, remarks, told = read(meter, LAST_ROW - QUARTER, LAST_ROW)
    assert found == [LAST_ROW - QUARTER, LAST_ROW]
    assert remarks[-1] == "Reading all its rows, about 103 s"
    assert told == [103]


@pytest.mark.parametrize("reason", REFUSALS)
def test_any_reason_but_that_there_is_no_such_profile(reason: DataAccessResult) -> None:
    meter = meter_of(TIMES)
    meter.held.refusals = {RANGE: reason, ENTRY: reason}
    if reason is DataAccessResult.OBJECT_CLASS_INCONSISTENT:
        with pytest.raises(AccessRefused):
            read(meter, TIMES[3], TIMES[5])
    else:
        assert read(meter, TIMES[3], TIMES[5])[0] == TIMES[3:6]


def test_all_refused_says_why() -> None:
    with pytest.raises(AccessRefused) as caught:
        read(meter_of(TIMES, RANGE, ENTRY, None), TIMES[0], TIMES[-1])
    assert caught.value.params["result"] == "scope-of-access-violated"


def test_a_clock_that_was_set_back_by_hours_costs_no_row() -> None:
    times = [*TIMES[:50], *(time - 8 * QUARTER for time in TIMES[50:])]
    found, _, _ = read(meter_of(times, RANGE), times[-1] - QUARTER, times[-1])
    assert found == [time for time in times if times[-1] - QUARTER <= time <= times[-1]]


def test_rows_without_a_time_are_kept() -> None:
    meter = given_meter([row(TIMES[0], 1), row(NO_MOMENT, 2), row(TIMES[1], 3)], [TIMES[0], None, TIMES[1]])
    meter.held.refusals = {RANGE: REFUSED}
    assert read(meter, TIMES[1], TIMES[1])[0] == [None, TIMES[1]]


def test_an_order_or_a_period_that_tells_no_time_is_read_whole() -> None:
    meter = meter_of(TIMES, RANGE, sort=SortMethod.LARGEST)
    meter.held.sort_object = meter.held.columns[2]
    assert read(meter, TIMES[3], TIMES[5])[0] == TIMES[3:6]
    assert ENTRY not in meter.held.asked
    meter = meter_of(TIMES, RANGE)
    meter.held.period = 0
    assert read(meter, TIMES[3], TIMES[5])[0] == TIMES[3:6]
    assert ENTRY not in meter.held.asked


def test_null_clocks_run_backwards_where_the_newest_row_is_first() -> None:
    meter = meter_of(TIMES[:5], sort=SortMethod.LIFO)
    newest, *others = meter.held.rows
    meter.held.rows = [newest, *((Data(Tag.NULL, None), *cells[1:]) for cells in others)]
    assert read(meter, TIMES[0], TIMES[5])[0] == list(reversed(TIMES[:5]))
