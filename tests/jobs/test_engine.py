"""The job engine on a real store, over the real bleak and a virtual radio."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import pytest_asyncio

from agent.domain.errors import InputError, LinkBusy, LinkError, StorageFull
from agent.domain.exchange import Envelope
from agent.domain.signing import content_hash, is_signed_by
from agent.drivers.system_clock import SystemClock
from agent.jobs.request import JobRequest
from agent.link.status import Wanted
from agent.simulator.air import VirtualTablet
from agent.simulator.bird import Bird
from agent.simulator.bird_settings import BirdSettings
from agent.simulator.command import local_now
from agent.simulator.line import FAST, OpticalLine
from agent.simulator.meter import sample_meter
from agent.store import jobs
from agent.store.reserve import FILE_NAME, SIZE
from tests.jobs.bench import SAMPLE, Bench, open_bench

SLOW = OpticalLine(baud=9600, turnaround=0.05)


@pytest_asyncio.fixture
async def virtual() -> AsyncIterator[VirtualTablet]:
    tablet = await VirtualTablet.create()
    yield tablet
    await tablet.close()


@pytest_asyncio.fixture
async def bird(virtual: VirtualTablet) -> Bird:
    return await virtual.add_bird(BirdSettings("BIRD", SAMPLE.probe_address, sample_meter(SAMPLE, local_now)))


@pytest_asyncio.fixture
async def bench(tmp_path: Path, virtual: VirtualTablet, bird: Bird) -> AsyncIterator[Bench]:
    assert not bird.is_connected
    async with open_bench(tmp_path, virtual.radio) as made:
        await made.probe.connect(Wanted(SAMPLE.probe_address))
        yield made


async def test_a_reading_is_settled_with_a_signed_envelope(bench: Bench) -> None:
    job = await bench.start()
    record = await bench.until_ended(job)
    assert (record.state, record.outbox) == ("done", "waiting")
    assert bench.steps[0] == "readserial"
    assert bench.log[-1] == "Saved"
    assert SAMPLE.lls_password.decode() not in "".join(bench.log)
    (waiting,) = bench.waiting()
    envelope = Envelope.model_validate(waiting.envelope)
    assert envelope.sha256 == content_hash(waiting.envelope["payload"])
    assert is_signed_by(bench.store.identity.signing_public, envelope.head(), envelope.signature)
    assert (envelope.job, envelope.sequence, envelope.executed_by) == (job, 1, "claudio.silva")


@pytest.mark.parametrize("how", ["drop", "out of range"])
async def test_a_link_cut_in_the_middle_fails_the_job_which_can_be_started_again(
    bench: Bench, bird: Bird, how: str
) -> None:
    bird.line = SLOW
    job = await bench.start()
    await bench.stepped.wait()
    if how == "drop":
        await bird.drop()
    else:
        bird.controller.go_out_of_range()
    record = await bench.until_ended(job)
    assert (record.state, record.error_code, record.outbox) == ("failed", "link-lost", "waiting")
    bird.controller.come_back()
    bird.line = FAST
    with pytest.raises(LinkError):
        await bench.start()
    await bench.probe.connect(Wanted(SAMPLE.probe_address))
    assert (await bench.until_ended(await bench.start())).state == "done"


async def test_cancelled_by_the_technician(bench: Bench, bird: Bird) -> None:
    bird.line = SLOW
    job = await bench.start()
    await bench.stepped.wait()
    with pytest.raises(LinkBusy):
        await bench.start()
    bench.engine.cancel(job)
    record = await bench.until_ended(job)
    assert (record.state, record.error_code) == ("failed", "job-cancelled")
    with pytest.raises(InputError):
        bench.engine.cancel(job)


async def test_an_agent_that_stops_leaves_the_job_to_be_found(bench: Bench, bird: Bird) -> None:
    bird.line = SLOW
    job = await bench.start()
    await bench.stepped.wait()
    await bench.engine.close()
    assert bench.record(job).state == "running"
    assert bench.waiting() == []
    await bench.store.write(lambda db: jobs.interrupt_running(db, SystemClock().now()))
    record = bench.record(job)
    assert (record.state, record.error_code) == ("interrupted", "job-interrupted")


async def test_an_outcome_that_cannot_be_kept_is_said(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite itself refuses, as on a full disk; see tests/faults for a disk that is full."""

    def full(*_: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    job = await bench.start()
    monkeypatch.setattr("agent.store.outbox.add", full)
    await bench.until_ended(job)
    assert [error.code for error in bench.unsaved] == ["storage-full"]
    assert isinstance(bench.unsaved[0], StorageFull)
    assert (bench.record(job).state, bench.waiting()) == ("running", [])
    assert bench.log[-1] != "Saved"


@pytest.mark.parametrize(
    ("activity", "serial", "code"),
    [
        ("reading", "a, b", "bad-serial"),
        ("reading", "UNKNOWN-1", "meter-unknown"),
        ("reading", "NO-KEY-1", "meter-no-key"),
        ("reading", "NO-MODEL-1", "unknown-model"),
        ("dance", SAMPLE.serial, "unknown-activity"),
        ("change", SAMPLE.serial, "activity-from-smm"),
        ("prepay-config", SAMPLE.serial, "bad-input"),
        ("disconnect", SAMPLE.serial, "bad-input"),
    ],
)
async def test_what_cannot_begin_leaves_no_trace(bench: Bench, activity: str, serial: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        await bench.engine.start(JobRequest(activity, serial, "claudio.silva"))
    assert caught.value.code == code
    with bench.store.read() as db:
        assert list(db.query("SELECT * FROM jobs")) == []


async def test_a_job_that_could_not_be_kept_does_not_begin(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    reserve = bench.store.writer.reserve
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: SimpleNamespace(free=SIZE))
    (reserve.folder / FILE_NAME).unlink(missing_ok=True)
    with pytest.raises(StorageFull) as caught:
        await bench.start()
    assert caught.value.code == "storage-no-room-for-job"
    assert bench.waiting() == []
    monkeypatch.undo()
    assert (await bench.until_ended(await bench.start())).state == "done"
