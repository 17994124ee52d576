"""The job engine on a real store, over the real bleak and a virtual radio."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from agent.domain.envelope import content_hash, is_signed_by
from agent.domain.errors import EplusError, InputError, LinkBusy, LinkError, StorageFull
from agent.domain.exchange import DirectoryMeter, Envelope, MeterPage, MeterSecret
from agent.domain.sample import METERS
from agent.domain.sealing import seal
from agent.jobs.clock import SystemClock
from agent.jobs.engine import Events, JobEngine, LogEntry
from agent.jobs.wish import JobWish
from agent.link.manager import ProbeManager, Wanted
from agent.procedures.dialogue import Step
from agent.simulator.air import VirtualTablet
from agent.simulator.bird import Bird, BirdSettings
from agent.simulator.command import local_now
from agent.simulator.line import FAST, Line
from agent.simulator.meter import sample_meter
from agent.store import Store, directory, jobs, outbox
from agent.store.counters import COUNTERS_FILE, Counters
from agent.store.jobs import JobRecord

SAMPLE = METERS[0]
SLOW = Line(baud=9600, turnaround=0.05)


@dataclass
class Bench:
    store: Store
    counters: Counters
    probe: ProbeManager
    bird: Bird
    engine: JobEngine = field(init=False)
    steps: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    unsaved: list[EplusError] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    stepped: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.engine = self.new_engine()

    def new_engine(self) -> JobEngine:
        events = Events(self.on_progress, self.on_unsaved, self.on_log)
        return JobEngine(self.store, self.counters, self.probe, SystemClock(), events)

    def on_progress(self, record: JobRecord, step: Step | None) -> None:
        if step is not None:
            self.steps.append(step.name)
            self.stepped.set()
        if record.state in ("done", "failed"):
            self.ended.set()

    def on_unsaved(self, _record: JobRecord, error: EplusError) -> None:
        self.unsaved.append(error)
        self.ended.set()

    def on_log(self, entries: list[LogEntry], reset: bool) -> None:
        self.log = [*([] if reset else self.log), *(entry.text for entry in entries)]

    async def start(self, serial: str = SAMPLE.serial) -> str:
        self.ended.clear()
        self.stepped.clear()
        return (await self.engine.start(JobWish("reading", serial, "claudio.silva"))).id

    async def until_ended(self, job: str) -> JobRecord:
        async with asyncio.timeout(20):
            await self.ended.wait()
        await asyncio.sleep(0)
        return self.record(job)

    def record(self, job: str) -> JobRecord:
        with self.store.read() as db:
            return jobs.get(db, job)

    def waiting(self) -> list[outbox.Waiting]:
        with self.store.read() as db:
            return outbox.waiting(db, 10)


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    store = Store.open(tmp_path / "data")
    await store.write(lambda db: directory.apply(db, page_for(store), "Chile"))
    virtual = await VirtualTablet.create()
    bird = await virtual.add_bird(BirdSettings("BIRD", SAMPLE.probe_address, sample_meter(SAMPLE, local_now)))
    probe = ProbeManager(virtual.radio, asyncio.get_running_loop().time, lambda _: None)
    await probe.connect(Wanted(SAMPLE.probe_address))
    made = Bench(store, Counters(tmp_path / COUNTERS_FILE), probe, bird)
    yield made
    await made.engine.close()
    await probe.close()
    await virtual.close()
    store.close()


def page_for(store: Store) -> MeterPage:
    secret = MeterSecret(lls_password=SAMPLE.lls_password.hex()).model_dump_json().encode()
    box = seal(store.identity.sealing_public, secret, SAMPLE.serial.encode()).hex()
    known = [
        DirectoryMeter(serial=SAMPLE.serial, model="cerm1", sealed=box),
        DirectoryMeter(serial="NO-KEY-1", model="cerm1", sealed=None),
        DirectoryMeter(serial="NO-MODEL-1", model="cerm9", sealed=box),
    ]
    return MeterPage(meters=known, deleted=[], cursor="3", more=False)


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
async def test_a_link_cut_in_the_middle_fails_the_job_which_can_be_started_again(bench: Bench, how: str) -> None:
    bench.bird.line = SLOW
    job = await bench.start()
    await bench.stepped.wait()
    if how == "drop":
        await bench.bird.drop()
    else:
        bench.bird.controller.go_out_of_range()
    record = await bench.until_ended(job)
    assert (record.state, record.error_code, record.outbox) == ("failed", "link-lost", "waiting")
    bench.bird.controller.come_back()
    bench.bird.line = FAST
    with pytest.raises(LinkError):
        await bench.start()
    await bench.probe.connect(Wanted(SAMPLE.probe_address))
    assert (await bench.until_ended(await bench.start())).state == "done"


async def test_cancelled_by_the_technician(bench: Bench) -> None:
    bench.bird.line = SLOW
    job = await bench.start()
    await bench.stepped.wait()
    with pytest.raises(LinkBusy):
        await bench.start()
    bench.engine.cancel(job)
    record = await bench.until_ended(job)
    assert (record.state, record.error_code) == ("failed", "job-cancelled")
    with pytest.raises(InputError):
        bench.engine.cancel(job)


async def test_an_agent_that_stops_leaves_the_job_to_be_found(bench: Bench) -> None:
    bench.bird.line = SLOW
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
        ("reading", "a b", "bad-serial"),
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
        await bench.engine.start(JobWish(activity, serial, "claudio.silva"))
    assert caught.value.code == code
    with bench.store.read() as db:
        assert list(db.query("SELECT * FROM jobs")) == []
