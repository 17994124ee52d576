"""Load profiles from the meter to the outbox: every row once, whatever is cut and when."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from agent.dlms import Data, Tag
from agent.domain.activity import Activity
from agent.domain.errors import InputError, StorageFull
from agent.domain.exchange import Envelope, InfoParameters, NoParameters, ProfilePayload, RangeParameters
from agent.jobs.request import JobRequest
from agent.simulator.meter import SimulatedMeter
from agent.simulator.objects import CosemObject
from agent.simulator.profile import SimulatedProfile
from agent.store import jobs, load_profiles, orders, outbox
from tests.dlms.virtual_line import COLUMNS, LAST_ROW, LOAD_PROFILE
from tests.jobs.memory_line import SAMPLE, MemoryBench
from tests.jobs.test_changes import CLAIMS

QUARTER = timedelta(minutes=15)
NOW = LAST_ROW + timedelta(minutes=5)
CAPACITY = 200


class ProfileMeter(SimulatedMeter):
    """`rows` and the time of the last one may be changed between visits."""

    capacity = CAPACITY
    last_row = LAST_ROW

    def _make_objects(self) -> dict[str, CosemObject]:
        profile = SimulatedProfile(COLUMNS, _values, lambda: self.last_row, capacity=self.capacity)
        return super()._make_objects() | {LOAD_PROFILE: profile.as_object()}

    def rows(self) -> list[list[str]]:
        """What SMM is to get, made from the meter's side alone."""
        moments = [self.last_row - n * QUARTER for n in reversed(range(self.capacity))]
        return [_texts(moment) for moment in moments]


def _values(moment: datetime) -> tuple[Data, ...]:
    periods = int(moment.timestamp()) // 900 % 100_000
    return (
        Data(Tag.UNSIGNED, periods % 3),
        Data(Tag.DOUBLE_LONG_UNSIGNED, periods * 101),
        Data(Tag.DOUBLE_LONG_UNSIGNED, periods * 37),
    )


def _texts(moment: datetime) -> list[str]:
    return [moment.astimezone(UTC).isoformat(), *(str(cell.value) for cell in _values(moment))]


def make_meter(capacity: int = CAPACITY) -> ProfileMeter:
    meter = ProfileMeter(SAMPLE.serial, SAMPLE.energies, SAMPLE.lls_password, lambda: NOW)
    meter.capacity = capacity
    meter.__post_init__()  # its objects, with that capacity
    return meter


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[MemoryBench]:
    made = MemoryBench(tmp_path, make_meter(), NOW)
    await made.prepare()
    yield made
    await made.close()


def envelopes(bench: MemoryBench) -> list[Envelope]:
    with bench.store.read() as db:
        return [Envelope.model_validate(each.envelope) for each in outbox.waiting(db, 100)]


def rows_of(envelope: Envelope) -> list[Any]:
    assert isinstance(envelope.payload, ProfilePayload)
    return envelope.payload.rows


def kept_rows(bench: MemoryBench, job: str) -> list[list[str]]:
    with bench.store.read() as db:
        profile = load_profiles.find(db, job)
        assert profile is not None
        return [json.loads(row) for row in load_profiles.cells(db, profile.id)]


def meter_of(bench: MemoryBench) -> ProfileMeter:
    assert isinstance(bench.meter, ProfileMeter)
    return bench.meter


async def test_all_that_the_meter_holds_then_nothing_new_then_what_is_new(bench: MemoryBench) -> None:
    meter = meter_of(bench)
    record = await bench.run()
    assert (record.state, record.rows, record.outbox) == ("done", CAPACITY, "waiting")
    assert kept_rows(bench, record.id) == rows_of(envelopes(bench)[0]) == meter.rows()

    record = await bench.run()
    assert (record.state, record.rows) == ("done", 0), "no new readings"
    assert rows_of(envelopes(bench)[1]) == []

    meter.last_row = LAST_ROW + 3 * QUARTER
    bench.clock.began += 3 * QUARTER
    record = await bench.run()
    assert kept_rows(bench, record.id) == meter.rows()[-3:]


async def test_a_range_that_was_chosen_is_given_whole_each_time(bench: MemoryBench) -> None:
    wanted = RangeParameters(first=LAST_ROW - 9 * QUARTER, last=LAST_ROW - 2 * QUARTER)
    for _ in range(2):
        record = await bench.run(wanted)
        assert kept_rows(bench, record.id) == meter_of(bench).rows()[-10:-2]


@pytest.mark.parametrize("cut_after", [*range(1, 14), 20, 30, 40])
async def test_cut_after_every_few_frames_and_resumed_to_the_end(tmp_path: Path, cut_after: int) -> None:
    bench = MemoryBench(tmp_path, make_meter(), NOW)
    await bench.prepare()
    record = await bench.run(cut_after=cut_after)
    cuts = 0
    while record.state == "interrupted":
        assert (record.error_code, record.outbox) == ("link-lost", None)
        assert envelopes(bench) == [], "nothing is settled before it is whole"
        cuts += 1
        record = await bench.resume(record.id, cut_after + 2 * cuts)
    assert cuts
    assert kept_rows(bench, record.id) == rows_of(envelopes(bench)[0]) == meter_of(bench).rows()
    await bench.close()


async def test_a_cut_costs_no_more_than_a_batch(bench: MemoryBench) -> None:
    record = await bench.run(cut_after=30)
    kept = kept_rows(bench, record.id)
    assert 20 < len(kept) < CAPACITY
    assert kept == meter_of(bench).rows()[: len(kept)]
    assert bench.fetched[-1].seconds_left


async def test_what_comes_in_parts(tmp_path: Path) -> None:
    bench = MemoryBench(tmp_path, make_meter(10_001), NOW)
    await bench.prepare()
    record = await bench.run()
    assert (record.state, record.rows, record.outbox) == ("done", 10_001, "waiting")
    found = envelopes(bench)
    assert [(each.part, each.parts, len(rows_of(each))) for each in found] == [(1, 3, 5000), (2, 3, 5000), (3, 3, 1)]
    assert len({each.key for each in found}) == 3
    assert [row for each in found for row in rows_of(each)] == meter_of(bench).rows()
    with bench.store.read() as db:
        assert [job.id for job in jobs.pending(db)] == [record.id], "one job, not one an envelope"
    await bench.close()


async def test_info(bench: MemoryBench) -> None:
    info = await bench.run(InfoParameters())
    assert (info.state, info.rows) == ("done", None)
    assert info.result is not None
    assert (info.result["rows_held"], info.result["new_rows"], info.result["since"]) == (CAPACITY, CAPACITY, None)
    assert datetime.fromisoformat(info.result["last"]) == LAST_ROW
    assert datetime.fromisoformat(info.result["first"]) == LAST_ROW - (CAPACITY - 1) * QUARTER
    await bench.run()
    info = await bench.run(InfoParameters())
    assert info.result is not None
    assert (info.result["new_rows"], info.result["new_seconds"]) == (0, 0)
    assert datetime.fromisoformat(info.result["since"]) == LAST_ROW


@pytest.mark.parametrize(
    "wanted",
    [
        RangeParameters(first=NOW, last=NOW - QUARTER),
        RangeParameters(first=NOW + QUARTER, last=NOW + 2 * QUARTER),
        RangeParameters(first=NOW + QUARTER),
    ],
)
async def test_a_range_that_makes_no_sense_begins_nothing(bench: MemoryBench, wanted: RangeParameters) -> None:
    with pytest.raises(InputError) as caught:
        await bench.run(wanted)
    assert caught.value.code == "bad-range"


async def test_only_a_load_profile_that_was_cut_goes_on(bench: MemoryBench) -> None:
    record = await bench.run()
    with pytest.raises(InputError) as caught:
        await bench.resume(record.id)
    assert caught.value.code == "nothing-to-resume"


async def test_cancelled_by_the_technician_it_can_go_on(bench: MemoryBench) -> None:
    bench.at_each_batch = lambda record: bench.engine.cancel(record.id)
    record = await bench.run()
    assert (record.state, record.error_code, record.outbox) == ("interrupted", "job-cancelled", None)
    assert 0 < len(kept_rows(bench, record.id)) < CAPACITY
    bench.at_each_batch = lambda _record: None
    record = await bench.resume(record.id)
    assert (record.state, kept_rows(bench, record.id)) == ("done", meter_of(bench).rows())


async def test_a_disk_that_is_full_for_a_while(bench: MemoryBench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that could not be kept is not followed by the next one."""
    append, calls = load_profiles.append, [0]

    def sometimes_full(*arguments: Any) -> None:
        calls[0] += 1
        if calls[0] == 2:
            raise StorageFull
        append(*arguments)

    monkeypatch.setattr(load_profiles, "append", sometimes_full)
    record = await bench.run()
    assert (record.state, record.error_code) == ("interrupted", "storage-full")
    kept = kept_rows(bench, record.id)
    assert kept == meter_of(bench).rows()[: len(kept)]
    record = await bench.resume(record.id)
    assert (record.state, kept_rows(bench, record.id)) == ("done", meter_of(bench).rows())


async def test_how_long_it_will_take(bench: MemoryBench) -> None:
    told_at: list[float] = []
    bench.at_each_batch = lambda _record: told_at.append(bench.clock.monotonic())
    await bench.run()
    estimates = [fetched.seconds_left for fetched in bench.fetched if fetched.seconds_left is not None]
    assert len(estimates) == len(told_at) > 2
    assert estimates == sorted(estimates, reverse=True), "it is less each time"
    assert estimates[0] == pytest.approx(bench.clock.monotonic() - told_at[0], abs=1.5)
    assert [fetched.rows for fetched in bench.fetched] == sorted(fetched.rows for fetched in bench.fetched)


async def test_a_meter_with_another_serial_number_fails_and_is_not_resumed(bench: MemoryBench) -> None:
    bench.probe.meter = SimulatedMeter("OTHER-METER-1", SAMPLE.energies, SAMPLE.lls_password, lambda: NOW)
    record = await bench.run()
    assert (record.state, record.error_code) == ("failed", "other-meter")


async def test_a_look_is_no_orders_outcome(bench: MemoryBench) -> None:
    claim = CLAIMS[0].model_copy(
        update={
            "order": CLAIMS[0].order.model_copy(update={"activity": Activity.LOAD_PROFILE}),
            "parameters": NoParameters(),
        }
    )
    await bench.store.write(partial(orders.keep, claims=[claim]))
    request = JobRequest(
        "load-profile", SAMPLE.serial, "claudio.silva", order=claim.order.id, parameters=InfoParameters()
    )
    looked = await bench.do(request)
    assert (looked.state, looked.work_order, looked.rows) == ("done", None, None)
    fetched = await bench.do(replace(request, parameters=NoParameters()))
    assert (fetched.state, fetched.work_order, fetched.rows) == ("done", claim.order.id, CAPACITY)
