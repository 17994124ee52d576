"""Load profiles as a field has them: empty, with a broken row, a clock that was wrong, set, or went to winter time."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent.domain.exchange import InfoParameters
from agent.simulator.load_profile import Oddity, ProfileKind, turn_before
from agent.simulator.meter import SimulatedMeter
from agent.store import load_profiles
from agent.store.jobs import JobRecord
from tests.dlms.virtual_line import LAST_ROW
from tests.jobs.memory_line import SAMPLE, MemoryBench

QUARTER, ROWS = timedelta(minutes=15), 400
NOW = LAST_ROW + timedelta(minutes=5)
TURN = turn_before(NOW)


async def fetched(folder: Path, oddity: Oddity, rows: int = ROWS) -> tuple[MemoryBench, JobRecord, list[list[str]]]:
    meter = SimulatedMeter(
        SAMPLE.serial,
        SAMPLE.energies,
        SAMPLE.lls_password,
        lambda: NOW,
        profile=ProfileKind(channels=4, rows=rows, oddity=oddity),
    )
    bench = MemoryBench(folder, meter, NOW)
    await bench.prepare()
    record = await bench.run()
    with bench.store.read() as db:
        profile = load_profiles.find(db, record.id)
        kept = [] if profile is None else [json.loads(row) for row in load_profiles.cells(db, profile.id)]
    return bench, record, kept


def moments(rows: list[list[str]]) -> list[datetime]:
    return [datetime.fromisoformat(row[0]) for row in rows]


async def test_a_sound_one(tmp_path: Path) -> None:
    bench, record, rows = await fetched(tmp_path, Oddity.NONE)
    assert (record.state, len(rows)) == ("done", ROWS)
    assert {len(row) for row in rows} == {6} and {row[1] for row in rows} == {"0"}
    assert moments(rows) == [LAST_ROW - n * QUARTER for n in reversed(range(ROWS))]
    await bench.close()


async def test_an_empty_one(tmp_path: Path) -> None:
    bench, record, rows = await fetched(tmp_path, Oddity.EMPTY)
    assert (record.state, record.rows, rows) == ("done", 0, [])
    info = await bench.run(InfoParameters())
    assert info.state == "done" and info.result is not None
    assert (info.result["rows_held"], info.result["first"], info.result["last"]) == (0, None, None)
    await bench.close()


async def test_rows_with_an_invalid_clock_are_kept_and_marked(tmp_path: Path) -> None:
    bench, record, rows = await fetched(tmp_path, Oddity.CLOCK_INVALID)
    assert (record.state, len(rows)) == ("done", ROWS)
    marked = [at for at, row in zip(moments(rows), rows, strict=True) if row[1] == "2"]
    assert marked == [TURN + n * QUARTER for n in range(96)]
    await bench.close()


async def test_winter_time_comes_and_no_hour_is_lost(tmp_path: Path) -> None:
    bench, record, rows = await fetched(tmp_path, Oddity.DAYLIGHT_SAVING)
    assert (record.state, len(rows)) == ("done", ROWS)
    assert moments(rows) == [LAST_ROW - n * QUARTER for n in reversed(range(ROWS))], "true time has no step"
    assert {row[1] for at, row in zip(moments(rows), rows, strict=True) if at < TURN} == {"8"}
    await bench.close()


@pytest.mark.parametrize(("oddity", "periods"), [(Oddity.SET_BACK, 3), (Oddity.SET_FORWARD, -3)])
async def test_a_clock_that_was_set_loses_no_row(tmp_path: Path, oddity: Oddity, periods: int) -> None:
    bench, record, rows = await fetched(tmp_path, oddity)
    assert (record.state, len(rows)) == ("done", ROWS)
    told = [LAST_ROW - n * QUARTER for n in reversed(range(ROWS))]
    assert moments(rows) == [at + periods * QUARTER if at < TURN else at for at in told]
    assert [row[1] for row in rows].count("32") == 1
    again = await bench.run()
    assert (again.state, again.rows) == ("done", 0), "nothing new, and nothing twice"
    await bench.close()


async def test_a_row_that_lacks_a_cell_is_set_aside_and_never_a_shift(tmp_path: Path) -> None:
    bench, record, rows = await fetched(tmp_path, Oddity.CORRUPT)
    assert record.state == "done" and record.result is not None
    assert record.result["warnings"] == ["rows-set-aside"]
    sound = [n for n in range(ROWS) if (n + 1) % 7]
    assert moments(rows) == [LAST_ROW - (ROWS - 1 - n) * QUARTER for n in sound]
    assert {len(row) for row in rows} == {6}
    await bench.close()
