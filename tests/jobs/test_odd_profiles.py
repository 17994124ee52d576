"""Profiles of meters that were set wrong, reset, or damaged: what came stays, and nothing is lost or doubled."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.dlms import Data, Tag
from agent.domain.exchange import InfoParameters
from agent.store import load_profiles
from tests.dlms.virtual_line import LAST_ROW
from tests.jobs.memory_line import MemoryBench
from tests.jobs.profile_meter import NO_MOMENT, NOW, QUARTER, GivenMeter, Row, clock, given_meter, row, texts

HOUR = timedelta(hours=1)


async def bench_of(folder: Path, meter: GivenMeter) -> MemoryBench:
    bench = MemoryBench(folder, meter, NOW)
    await bench.prepare()
    return bench


def kept(bench: MemoryBench, job: str) -> list[Any]:
    with bench.store.read() as db:
        profile = load_profiles.find(db, job)
        assert profile is not None
        return [json.loads(each) for each in load_profiles.cells(db, profile.id)]


def clock_set_back() -> list[Row]:
    """An hour that comes twice, twice with the same values."""
    times = [LAST_ROW - n * QUARTER for n in reversed(range(48))]
    times[24:] = [time - HOUR for time in times[24:]]
    return [row(time, value // 2, status=8 if 20 <= value < 28 else 0) for value, time in enumerate(times)]


def clock_not_set() -> list[Row]:
    """Rows without a moment, of which many are the same, among those that have one."""
    rows = [row(LAST_ROW - n * QUARTER, 100 - n) for n in reversed(range(40))]
    rows[10:10] = [row(NO_MOMENT, 60, status=1)] * 5
    rows[30:30] = [row(NO_MOMENT, 60, status=1)] * 5
    return rows


def the_same_row_again() -> list[Row]:
    rows = [row(LAST_ROW - n * QUARTER, 7) for n in reversed(range(30))]
    return [each for each in rows for _ in range(2)]


@pytest.mark.parametrize("make", [clock_set_back, clock_not_set, the_same_row_again])
@pytest.mark.parametrize("cut_after", [None, *range(8, 26)])
async def test_each_row_once_in_the_meters_order(tmp_path: Path, make: Any, cut_after: int | None) -> None:
    rows = make()
    bench = await bench_of(tmp_path, given_meter(rows))
    record = await bench.run(cut_after=-1 if cut_after is None else cut_after)
    while record.state == "interrupted":
        cut_after = (cut_after or 0) + 6
        record = await bench.resume(record.id, cut_after)
    assert record.state == "done"
    assert kept(bench, record.id) == texts(rows)
    await bench.close()


async def test_the_hour_that_comes_twice_between_two_visits(tmp_path: Path) -> None:
    rows = clock_set_back()
    meter = given_meter(rows[:26])
    bench = await bench_of(tmp_path, meter)
    first = await bench.run()
    meter.held = given_meter(rows).held
    second = await bench.run()
    assert kept(bench, first.id) + kept(bench, second.id) == texts(rows)
    await bench.close()


async def test_a_profile_that_holds_nothing(tmp_path: Path) -> None:
    bench = await bench_of(tmp_path, given_meter([]))
    info = await bench.run(InfoParameters())
    assert info.result is not None
    assert [info.result[name] for name in ("rows_held", "first", "last", "new_rows")] == [0, None, None, 0]
    record = await bench.run()
    assert (record.state, record.rows) == ("done", 0)
    await bench.close()


@pytest.mark.parametrize(
    "bad",
    [
        (clock(LAST_ROW), Data(Tag.UNSIGNED, 0)),
        (Data(Tag.OCTET_STRING, bytes(11)), *row(LAST_ROW, 1)[1:]),
        (Data(Tag.OCTET_STRING, bytes.fromhex("07ea021e070c1e0f19ffc400")), *row(LAST_ROW, 1)[1:]),
    ],
    ids=["a column is missing", "no clock", "30 February"],
)
async def test_a_row_that_is_none(tmp_path: Path, bad: Row) -> None:
    """What came before it stays; the error is said; and it can be tried again."""
    rows = [row(LAST_ROW - n * QUARTER, 100 - n) for n in reversed(range(20))]
    sound = texts(rows[:13])
    moments = [LAST_ROW - n * QUARTER for n in reversed(range(20))]
    bench = await bench_of(tmp_path, given_meter([*rows[:13], bad, *rows[14:]], list(moments)))
    record = await bench.run()
    for _ in range(2):
        assert (record.state, record.error_code, record.outbox) == ("interrupted", "malformed-data", None)
        assert kept(bench, record.id) == sound
        record = await bench.resume(record.id)
    assert isinstance(bench.meter, GivenMeter)
    bench.meter.held = given_meter(rows).held
    record = await bench.resume(record.id)
    assert (record.state, kept(bench, record.id)) == ("done", texts(rows))
    await bench.close()


async def test_a_meter_that_knows_no_time_zone(tmp_path: Path) -> None:
    rows = [row((LAST_ROW - n * QUARTER).replace(tzinfo=None), 100 - n) for n in reversed(range(8))]
    bench = await bench_of(tmp_path, given_meter(rows, [LAST_ROW] * 8))
    record = await bench.run()
    assert [cells[0] for cells in kept(bench, record.id)][-1] == LAST_ROW.replace(tzinfo=None).isoformat()
    with bench.store.read() as db:
        assert load_profiles.last_fetched(db, record.serial) == LAST_ROW.replace(tzinfo=None).astimezone()
    await bench.close()


async def test_other_columns_than_before_cannot_go_on(tmp_path: Path) -> None:
    rows = [row(LAST_ROW - n * QUARTER, 100 - n) for n in reversed(range(40))]
    meter = given_meter(rows)
    bench = await bench_of(tmp_path, meter)
    record = await bench.run(cut_after=12)
    assert record.state == "interrupted" and record.rows
    meter.held.period = 3600
    record = await bench.resume(record.id)
    assert (record.state, record.error_code) == ("failed", "profile-changed")
    await bench.close()
