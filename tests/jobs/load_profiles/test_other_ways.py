"""Load profiles of meters that do not select rows by time, or give the newest first: every row once, cut or not."""

import json
from pathlib import Path

import pytest

from agent.dlms import Conformance, Data, DataAccessResult, ServerSettings, Tag
from agent.dlms.cosem.capture import SortMethod
from agent.dlms.cosem.selection import ENTRY, RANGE
from agent.dlms.xdlms.initiate import SERVICES
from agent.store import load_profiles
from tests.dlms.virtual_line import LAST_ROW
from tests.jobs.load_profiles.profile_meter import NOW, QUARTER, GivenMeter, Row, given_meter, row, texts
from tests.jobs.memory_line import MemoryBench

REFUSED = DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
WAYS = {
    "by entry": {RANGE: REFUSED},
    "by entry after an exception": {RANGE: None},
    "whole": {RANGE: REFUSED, ENTRY: REFUSED},
    "whole after exceptions": {RANGE: None, ENTRY: None},
}
ROWS = [row(LAST_ROW - n * QUARTER, 1000 - n) for n in reversed(range(120))]


def meter_with(rows: list[Row], refusals: dict[int | None, DataAccessResult | None], sort: SortMethod) -> GivenMeter:
    meter = given_meter(list(rows))
    if sort is SortMethod.LIFO:
        meter.held.rows.reverse()
        meter.held.moments.reverse()
    meter.held.refusals, meter.held.sort_method = refusals, sort
    return meter


def kept(bench: MemoryBench, job: str) -> list[list[str | None]]:
    with bench.store.read() as db:
        profile = load_profiles.find(db, job)
        assert profile is not None
        return [json.loads(cells) for cells in load_profiles.cells(db, profile.id)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("sort", [SortMethod.FIFO, SortMethod.LIFO])
@pytest.mark.parametrize("cut_after", [14, 30])
async def test_cut_and_resumed(tmp_path: Path, way: str, sort: SortMethod, cut_after: int) -> None:
    meter = meter_with(ROWS, WAYS[way], sort)  # type: ignore[arg-type]
    bench = MemoryBench(tmp_path, meter, NOW)
    await bench.prepare()
    record = await bench.run(cut_after=cut_after)
    cuts = 0
    while record.state == "interrupted":
        cuts += 1
        record = await bench.resume(record.id, cut_after + 3 * cuts)
    assert cuts and record.state == "done"
    assert sorted(kept(bench, record.id)) == sorted(texts(ROWS)), "each once"
    record = await bench.run()
    assert (record.state, record.rows) == ("done", 0), "and then there is nothing new"
    await bench.close()


async def test_the_newest_row_first_and_a_captured_one_while_it_was_cut(tmp_path: Path) -> None:
    meter = meter_with(ROWS[:-1], {}, SortMethod.LIFO)
    bench = MemoryBench(tmp_path, meter, NOW)
    await bench.prepare()
    record = await bench.run(cut_after=30)
    assert record.state == "interrupted" and 0 < len(kept(bench, record.id)) < 119
    meter.held.rows.insert(0, ROWS[-1])
    meter.held.moments.insert(0, LAST_ROW)
    record = await bench.resume(record.id)
    assert sorted(kept(bench, record.id)) == sorted(texts(ROWS))
    await bench.close()


@pytest.mark.parametrize("sort", [SortMethod.FIFO, SortMethod.LIFO])
async def test_selective_access_that_is_not_granted(tmp_path: Path, sort: SortMethod) -> None:
    settings = ServerSettings(max_info=128, conformance=SERVICES & ~Conformance.SELECTIVE_ACCESS)
    meter = meter_with(ROWS, {}, sort)
    bench = MemoryBench(tmp_path, meter, NOW, settings)
    await bench.prepare()
    record = await bench.run()
    assert record.state == "done"
    assert sorted(kept(bench, record.id)) == sorted(texts(ROWS))
    assert set(meter.held.asked) == {None}
    assert "Reading all its rows, about 5 s" in bench.log
    assert bench.fetched[0].seconds_left == 5, "the page is told before the rows come"
    assert [each.seconds_left for each in bench.fetched] == sorted(
        (each.seconds_left or 0 for each in bench.fetched), reverse=True
    )
    await bench.close()


async def test_odd_rows_in_a_profile_that_is_cut_are_told_in_the_end(tmp_path: Path) -> None:
    rows = [*ROWS[:5], ROWS[5][:3], *ROWS[6:]]
    meter = given_meter(rows)
    bench = MemoryBench(tmp_path, meter, NOW)
    await bench.prepare()
    record = await bench.run(cut_after=30)
    assert record.state == "interrupted"
    record = await bench.resume(record.id)
    assert record.state == "done" and record.result is not None
    assert record.result["warnings"] == ["rows-set-aside"]
    assert kept(bench, record.id) == texts([*ROWS[:5], *ROWS[6:]])
    await bench.close()


async def test_structures_become_columns_and_stay_the_same_ones_after_a_cut(tmp_path: Path) -> None:
    rows = [(cells[0], Data(Tag.STRUCTURE, (cells[1], cells[2])), *cells[2:]) for cells in ROWS]
    meter = given_meter(rows)
    bench = MemoryBench(tmp_path, meter, NOW)
    await bench.prepare()
    record = await bench.run(cut_after=30)
    assert record.state == "interrupted" and record.rows
    record = await bench.resume(record.id)
    assert record.state == "done" and record.result is not None
    names = [channel["name"] for channel in record.result["channels"]]
    assert names[1:3] == ["1/0.0.96.10.1.255/2/1", "1/0.0.96.10.1.255/2/2"]
    told = texts(ROWS)
    assert kept(bench, record.id) == [[each[0], each[1], each[2], *each[2:]] for each in told]
    record = await bench.run()
    assert (record.state, record.rows) == ("done", 0)
    await bench.close()
