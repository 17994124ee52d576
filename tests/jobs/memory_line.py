"""The real job engine on a real store, over a line in memory that can be cut after any frame; nothing is slept."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from agent.dlms import ServerSettings
from agent.domain.errors import EplusError, LinkLost
from agent.domain.exchange import DirectoryMeter, JobParameters, MeterPage, MeterSecret, NoParameters
from agent.domain.sample import METERS
from agent.domain.sealing import seal
from agent.domain.transport import PLAIN_HDLC, Transport
from agent.jobs.engine import JobEngine
from agent.jobs.events import Events, LogEntry
from agent.jobs.load_profiles.row_keeper import Fetched
from agent.jobs.meter_access import MeterAccess
from agent.jobs.request import JobRequest
from agent.link import Link
from agent.procedures.dialogue import Step
from agent.simulator.meter import SimulatedMeter
from agent.simulator.session import new_session
from agent.store import Store, directory, jobs
from agent.store.counters import COUNTERS_FILE, Counters
from agent.store.jobs import JobRecord
from tests.dlms.lossy import frames_in

SAMPLE = METERS[0]
SECONDS_A_FRAME = 0.15


@dataclass
class MemoryClock:
    """Each frame takes its time; nothing else does."""

    began: datetime
    passed: float = 0.0

    run = "run of the tests"

    def monotonic(self) -> float:
        return self.passed

    def uptime(self) -> int:
        return int(self.passed)

    def now(self) -> datetime:
        return self.began + timedelta(seconds=self.passed)

    async def sleep(self, seconds: float) -> None:
        self.passed += seconds


@dataclass(frozen=True)
class Fault:
    """Strikes at a turn of the line, counted from 0 over what goes out and what comes in.

    `delivered`: what went out still reaches the meter. `hangs`: instead of being lost, the line says nothing more,
    and the program is stopped there.
    """

    turn: int
    delivered: bool = False
    hangs: bool = False


class MemoryLink:
    """A meter behind a line that is lost when the meter has sent so many frames, or at a fault."""

    name = "memory"

    def __init__(
        self,
        meter: SimulatedMeter,
        clock: MemoryClock,
        cut_after: int,
        settings: ServerSettings,
        fault: Fault | None = None,
    ) -> None:
        self._session = new_session(settings, meter)
        self._clock = clock
        self._left = cut_after
        self._fault = fault
        self.turns = 0
        self.hung = asyncio.Event()
        self._frames: deque[bytes] = deque()

    async def open(self) -> None:
        return

    async def write(self, data: bytes) -> None:
        strikes = self._strikes()
        if strikes is None or strikes.delivered:
            self._session.receive(data, self._clock.monotonic())
        if strikes is not None:
            await self._lose(strikes)
        self._frames += frames_in(self._session.data_to_send())

    async def read(self, timeout: float) -> bytes:
        await asyncio.sleep(0)
        if not self._frames:
            self._clock.passed += timeout
            return b""
        strikes = self._strikes()
        if strikes is not None:
            await self._lose(strikes)
        if self._left == 0:
            raise LinkLost
        self._left -= 1
        self._clock.passed += SECONDS_A_FRAME
        return self._frames.popleft()

    def _strikes(self) -> Fault | None:
        self.turns += 1
        return self._fault if self._fault is not None and self._fault.turn == self.turns - 1 else None

    async def _lose(self, fault: Fault) -> None:
        if fault.hangs:
            self.hung.set()
            await asyncio.Event().wait()
        raise LinkLost

    async def set_baud(self, _baud: int) -> None:
        return

    async def close(self) -> None:
        return


@dataclass
class MemoryProbe:
    """Stands for the probe manager: every job gets a line of its own."""

    meter: SimulatedMeter
    clock: MemoryClock
    settings: ServerSettings
    cut_after: int = -1
    fault: Fault | None = None
    link: MemoryLink | None = None
    mode_e: bool = False
    transport: Transport = PLAIN_HDLC

    def require_connected(self) -> None:
        return

    @contextlib.asynccontextmanager
    async def lease(self) -> AsyncIterator[Link]:
        self.link = MemoryLink(self.meter, self.clock, self.cut_after, self.settings, self.fault)
        yield self.link


@dataclass
class MemoryBench:
    """`folder` may hold a store already: then the agent starts again."""

    folder: Path
    meter: SimulatedMeter
    began: datetime
    settings: ServerSettings = field(default_factory=lambda: ServerSettings(max_info=128))
    fetched: list[Fetched] = field(default_factory=list)
    unsaved: list[EplusError] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    at_each_batch: Callable[[JobRecord], None] = lambda _record: None

    def __post_init__(self) -> None:
        self.store = Store.open(self.folder)
        self.clock = MemoryClock(self.began)
        self.probe = MemoryProbe(self.meter, self.clock, self.settings)
        events = Events(self._on_progress, self._on_unsaved, self._on_log, self._on_fetched)
        counters = Counters(self.folder / COUNTERS_FILE)
        access = MeterAccess(self.store, counters, self.probe, self.clock)
        self.engine = JobEngine(self.store, access, self.clock, events)
        self._ended = asyncio.Event()

    async def prepare(self) -> None:
        """As the agent does when it starts, and as SMM's directory comes in."""
        await self.store.write(lambda db: directory.apply(db, _page_for(self.store), "Chile"))
        await self.store.write(lambda db: jobs.interrupt_running(db, self.clock.now()))

    async def run(self, parameters: JobParameters | None = None, cut_after: int = -1) -> JobRecord:
        """A load profile, from its start to its end or to the cut."""
        self.probe.cut_after = cut_after
        return await self.do(
            JobRequest("load-profile", SAMPLE.serial, "claudio.silva", parameters=parameters or NoParameters())
        )

    async def do(self, request: JobRequest, fault: Fault | None = None) -> JobRecord:
        """Any job, from its start to its end; or until the line hangs, and then it is the record as it stands."""
        self.probe.fault = fault
        self._ended.clear()
        return await self._until_ended((await self.engine.start(request)).id)

    async def recover(self, job: str, fault: Fault | None = None) -> JobRecord:
        self.probe.fault = fault
        self._ended.clear()
        await self.engine.recover(job)
        return await self._until_ended(job)

    async def resume(self, job: str, cut_after: int = -1) -> JobRecord:
        self.probe.cut_after = cut_after
        self._ended.clear()
        await self.engine.resume(job)
        return await self._until_ended(job)

    async def close(self) -> None:
        await self.engine.close()
        self.store.close()

    async def _until_ended(self, job: str) -> JobRecord:
        async with asyncio.timeout(60):
            while not self.hangs() and not (self._ended.is_set() and self.engine.is_idle):
                await asyncio.sleep(0)
        with self.store.read() as db:
            return jobs.get(db, job)

    def hangs(self) -> bool:
        return self.probe.link is not None and self.probe.link.hung.is_set()

    def _on_progress(self, record: JobRecord, _step: Step | None) -> None:
        if record.state not in ("queued", "running"):
            self._ended.set()

    def _on_unsaved(self, _record: JobRecord, error: EplusError) -> None:
        self.unsaved.append(error)
        self._ended.set()

    def _on_log(self, entries: list[LogEntry], reset: bool) -> None:
        self.log = [*([] if reset else self.log), *(entry.text for entry in entries)]

    def _on_fetched(self, record: JobRecord, fetched: Fetched) -> None:
        self.fetched.append(fetched)
        self.at_each_batch(record)


def _page_for(store: Store) -> MeterPage:
    secret = MeterSecret(lls_password=SAMPLE.lls_password.hex()).model_dump_json().encode()
    box = seal(store.identity.sealing_public, secret, SAMPLE.serial.encode()).hex()
    return MeterPage(
        meters=[DirectoryMeter(serial=SAMPLE.serial, model="cerm1", sealed=box)], deleted=[], cursor="1", more=False
    )
