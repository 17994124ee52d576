"""The job engine on a real store, over the real bleak and a virtual radio: a tablet without page and SMM."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from agent.domain.errors import EplusError
from agent.domain.exchange import DirectoryMeter, MeterPage, MeterSecret
from agent.domain.sample import METERS
from agent.domain.sealing import seal
from agent.drivers.system_clock import SystemClock
from agent.jobs.engine import JobEngine
from agent.jobs.events import Events, LogEntry
from agent.jobs.meter_access import MeterAccess
from agent.jobs.request import JobRequest
from agent.link.manager import ProbeManager
from agent.link.radio import Radio
from agent.procedures.dialogue import Step
from agent.store import Store, directory, jobs, outbox
from agent.store.counters import COUNTERS_FILE, Counters
from agent.store.jobs import JobRecord

SAMPLE = METERS[0]


@dataclass
class Bench:
    store: Store
    counters: Counters
    probe: ProbeManager
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
        access = MeterAccess(self.store, self.counters, self.probe, SystemClock())
        return JobEngine(self.store, access, SystemClock(), events)

    def on_progress(self, record: JobRecord, step: Step | None) -> None:
        if step is not None:
            self.steps.append(step.name)
            self.stepped.set()
        if record.state not in ("queued", "running"):
            self.ended.set()

    def on_unsaved(self, _record: JobRecord, error: EplusError) -> None:
        self.unsaved.append(error)
        self.ended.set()

    def on_log(self, entries: list[LogEntry], reset: bool) -> None:
        self.log = [*([] if reset else self.log), *(entry.text for entry in entries)]

    async def start(self, serial: str = SAMPLE.serial, activity: str = "reading") -> str:
        self.ended.clear()
        self.stepped.clear()
        return (await self.engine.start(JobRequest(activity, serial, "claudio.silva"))).id

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


@contextlib.asynccontextmanager
async def open_bench(folder: Path, radio: Radio) -> AsyncIterator[Bench]:
    """A tablet that knows the first meter of the sample; no probe is connected."""
    store = Store.open(folder / "data")
    await store.write(lambda db: directory.apply(db, page_for(store), "Chile"))
    probe = ProbeManager(radio, asyncio.get_running_loop().time, lambda _: None)
    made = Bench(store, Counters(folder / COUNTERS_FILE), probe)
    try:
        yield made
    finally:
        await made.engine.close()
        await probe.close()
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
