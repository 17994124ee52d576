"""Complete readings and load profiles over the radio, with everything that goes wrong in the field."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from agent.link.profile import BaudCommand, ProbeProfile, probe_profiles
from agent.link.states import ProbeState
from agent.link.status import Wanted
from agent.simulator.bird import Bird
from agent.simulator.bird_settings import NORDIC_UART, BirdSettings
from agent.simulator.line import FAST, OpticalLine
from agent.simulator.load_profile import ProfileKind
from agent.simulator.meter import sample_meter
from agent.store import load_profiles
from agent.store.jobs import JobRecord
from tests.jobs.bench import SAMPLE, Bench, open_bench
from tests.radio.rooms import IS_BLUEZ, Room

pytestmark = pytest.mark.slow
ADDRESS = SAMPLE.probe_address
ROWS = 400
NOW = datetime(2026, 11, 20, 10, 2).astimezone()
LINE = OpticalLine(baud=57_600, turnaround=0.01)
METER = replace(sample_meter(SAMPLE, lambda: NOW), profile=ProfileKind(rows=ROWS))
PROFILES = pytest.mark.parametrize("profile", probe_profiles(), ids=lambda profile: profile.title)


@dataclass
class Field:
    """A technician with a tablet, and a Bird on a meter."""

    room: Room
    bench: Bench

    async def put_bird(self, profile: ProbeProfile = NORDIC_UART, line: OpticalLine = FAST) -> Bird:
        bird = await self.room.add_bird(BirdSettings("BIRD", ADDRESS, METER, line, profile=profile))
        await self.bench.probe.connect(Wanted(ADDRESS))
        return bird

    async def does(self, activity: str) -> JobRecord:
        return await self.ended(await self.bench.start(activity=activity))

    async def ended(self, job: str) -> JobRecord:
        async with asyncio.timeout(300 if IS_BLUEZ else 60):
            await self.bench.ended.wait()
        return self.bench.record(job)

    async def resumes(self, job: str) -> JobRecord:
        await self.until(ProbeState.READY)
        self.bench.ended.clear()
        await self.bench.engine.resume(job)
        return await self.ended(job)

    async def until(self, state: ProbeState) -> None:
        async with asyncio.timeout(60):
            while self.bench.probe.status().state is not state:
                await asyncio.sleep(0.05)

    def rows(self, job: str) -> list[list[str]]:
        with self.bench.store.read() as db:
            stored = load_profiles.find(db, job)
            assert stored is not None
            found = db.query("SELECT cells FROM load_profile_rows WHERE profile = ? ORDER BY number", [stored.id])
            return [json.loads(row["cells"]) for row in found]


@pytest_asyncio.fixture
async def field(room: Room, tmp_path: Path) -> AsyncIterator[Field]:
    async with open_bench(tmp_path, room.radio) as bench:
        yield Field(room, bench)


def is_whole(rows: list[list[str]]) -> bool:
    """Every quarter of an hour once, and in order."""
    moments = [datetime.fromisoformat(row[0]) for row in rows]
    steps = {later - earlier for earlier, later in itertools.pairwise(moments)}
    return len(rows) == ROWS and steps == {timedelta(minutes=15)}


@PROFILES
async def test_a_reading_and_a_load_profile(field: Field, profile: ProbeProfile) -> None:
    await field.put_bird(profile)
    reading = await field.does("reading")
    assert reading.state == "done", reading.error_code
    assert reading.result is not None
    assert reading.result["serial"] == SAMPLE.serial
    fetched = await field.does("load-profile")
    assert fetched.state == "done", fetched.error_code
    assert is_whole(field.rows(fetched.id))


@PROFILES
@pytest.mark.parametrize("how", ["drop", "out of range"])
async def test_cut_in_the_middle_it_goes_on_where_it_was(field: Field, profile: ProbeProfile, how: str) -> None:
    """The job gets the error and nothing is sent again by itself; resumed, it loses no row and repeats none."""
    bird = await field.put_bird(profile, LINE)
    job = await field.bench.start(activity="load-profile")
    async with asyncio.timeout(120):
        while bird.notified_octets < 3000:
            await asyncio.sleep(0.005)
    if how == "drop":
        await bird.drop()
    else:
        bird.controller.go_out_of_range()
    record = await field.ended(job)
    assert (record.state, record.error_code) == ("interrupted", "link-lost")
    assert len(field.rows(job)) < ROWS
    bird.controller.come_back()
    bird.line = FAST
    record = await field.resumes(job)
    assert record.state == "done", record.error_code
    assert is_whole(field.rows(job))


@PROFILES
async def test_a_reading_cut_in_the_middle_fails_and_is_done_again(field: Field, profile: ProbeProfile) -> None:
    bird = await field.put_bird(profile, LINE)
    job = await field.bench.start()
    await field.bench.stepped.wait()
    await bird.drop()
    record = await field.ended(job)
    assert (record.state, record.error_code) == ("failed", "link-lost")
    await field.until(ProbeState.READY)
    assert (await field.does("reading")).state == "done"


async def test_a_bird_that_stops_notifying_ends_as_no_answer(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    """It still takes writes: the link stays up and the meter is silent, and the job reports that in bounded time."""
    bird = await field.put_bird()
    monkeypatch.setattr("agent.drivers.session.Timeouts.request", 3.0)
    bird.mute_after = 150
    record = await field.does("reading")
    assert (record.state, record.error_code) == ("failed", "no-answer")
    assert field.bench.probe.status().state is ProbeState.READY
    bird.mute_after = None
    assert (await field.does("reading")).state == "done"


async def test_a_bird_that_answers_slowly_is_waited_for(field: Field) -> None:
    bird = await field.put_bird()
    bird.slow = 0.4
    assert (await field.does("reading")).state == "done"


async def test_the_right_one_of_two_birds_with_the_same_name(field: Field) -> None:
    other = await field.room.add_bird(BirdSettings("BIRD", "C0:00:00:00:00:77"))
    await field.put_bird()
    assert not other.is_connected
    assert (await field.does("reading")).state == "done"


# ── sonda externa: a sign-on before HDLC ──


TOLD = replace(NORDIC_UART, baud=BaudCommand("AT+BAUD{baud}\r\n", "OK {baud}\r\n"))


@pytest.mark.parametrize("profile", [NORDIC_UART, TOLD], ids=["rate by itself", "rate told in band"])
async def test_mode_e_through_a_bird(room: Room, tmp_path: Path, profile: ProbeProfile) -> None:
    kind = BirdSettings(
        "BIRD", ADDRESS, METER, OpticalLine(baud=9600, turnaround=0.02), sign_on="mode-e", profile=profile
    )
    async with open_bench(tmp_path, replace(room.radio, profiles=(profile,))) as bench:
        field = Field(room, bench)
        await room.add_bird(kind)
        await bench.probe.connect(Wanted(ADDRESS))
        bench.probe.use_mode_e(on=True)
        for _ in range(2):  # after the first, the meter is at 300 baud again
            record = await field.does("reading")
            assert record.state == "done", record.error_code


@pytest.mark.skipif(IS_BLUEZ, reason="a kernel filters most of them out")
async def test_a_thousand_advertisements_a_second(field: Field) -> None:
    """With a crowd of devices around, the list is right and a reading still works."""
    crowd = [BirdSettings(f"D{n}", f"C0:00:00:00:01:{n:02X}", profile=None, advertising_ms=20) for n in range(20)]
    for kind in crowd:
        await field.room.add_bird(kind)
    heard = 0

    def count(_advertisement: object) -> None:
        nonlocal heard
        heard += 1

    await field.bench.probe.scan()
    field.room.device.on("advertisement", count)  # type: ignore[attr-defined]
    await asyncio.sleep(2.5)
    assert heard >= 2000, heard
    assert len(field.bench.probe.status().found) == len(crowd)
    await field.put_bird()
    assert (await field.does("reading")).state == "done"
