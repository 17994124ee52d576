"""An hour in the field, in virtual time: connect, read, disconnect, with all kinds of faults; nothing is left over."""

import asyncio
import gc
import sys
import tracemalloc
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

import pytest

from agent.domain.activity import Activity
from agent.domain.errors import LinkError, ProtocolError
from agent.domain.exchange import MeterSecret
from agent.drivers.association import association_of_tablet
from agent.drivers.choose import DriverParts, dlms_driver
from agent.drivers.dlms import DlmsDriver
from agent.drivers.driver import DriverRequest
from agent.drivers.session import Watcher
from agent.link.ble import BleLink
from agent.link.manager import ProbeManager
from agent.link.scanner import Scanner
from agent.link.states import ProbeState
from agent.link.status import Wanted
from agent.meters import MeterModel, load_model
from agent.simulator.air import VirtualTablet
from agent.simulator.bird import Bird
from agent.simulator.bird_settings import BirdSettings
from agent.simulator.line import OpticalLine
from agent.simulator.meter import sample_meter
from agent.store.counters import Counters
from tests import virtual_time
from tests.jobs.bench import SAMPLE
from tests.radio.rooms import IS_BLUEZ

HOUR = 3600.0
TROUBLES = ("none", "none", "drop", "out of range", "silent", "mute", "slow", "hangs up")
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
ADDRESS = SAMPLE.probe_address
KEPT_OCTETS = 300_000
"""How much more memory the last three quarters may hold than the first: less than one kept connection a minute."""


class VirtualClock:
    """See `Clock`."""

    run = "run of the tests"

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def uptime(self) -> int:
        return int(self.monotonic())

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.monotonic())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass
class Soak:
    """A technician who carries on whatever happens. `seen` counts how readings ended."""

    bird: Bird
    manager: ProbeManager
    driver: DlmsDriver
    dice: Random
    seen: Counter[str] = field(default_factory=Counter)

    async def visit(self) -> None:
        try:
            if self.dice.random() < 0.3:
                await self.manager.scan()
                await asyncio.sleep(self.dice.uniform(0.5, 3))
            await self.manager.connect(Wanted(ADDRESS, cached=self.dice.random() < 0.5))
            for _ in range(self.dice.randrange(1, 4)):
                await self.read()
            if self.dice.random() < 0.5:
                await self.manager.disconnect()
        except LinkError as error:
            self.seen[error.code] += 1
        await asyncio.sleep(self.dice.uniform(1, 20))

    async def read(self) -> None:
        trouble = asyncio.create_task(self.something_happens())
        try:
            async with self.manager.lease() as link:
                await self.driver.perform(DriverRequest(Activity.READING, SAMPLE.serial), link)
            self.seen["done"] += 1
        except (LinkError, ProtocolError) as error:
            self.seen[error.code] += 1
        await trouble

    async def something_happens(self) -> None:
        """A fault at some point of the reading; cleared before the next one."""
        await asyncio.sleep(self.dice.uniform(0, 3))
        match self.dice.choice(TROUBLES):
            case "drop":
                await self.bird.drop()
            case "out of range":
                self.bird.controller.go_out_of_range()
            case "silent":
                self.bird.silent = True
            case "mute":
                self.bird.mute_after = 40
            case "slow":
                self.bird.slow = 1.5
            case "hangs up":
                self.bird.hangs_up = True
        await asyncio.sleep(self.dice.uniform(0, 40))
        self.bird.silent = self.bird.hangs_up = False
        self.bird.mute_after, self.bird.slow = None, 0.0
        self.bird.controller.come_back()


@dataclass(frozen=True)
class Held:
    """What a process holds at a moment."""

    tasks: int
    files: int
    links: int
    scanners: int
    octets: int

    @classmethod
    def now(cls) -> "Held":
        gc.collect()
        alive = Counter(type(each) for each in gc.get_objects())
        files = len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0
        octets = tracemalloc.get_traced_memory()[0]
        return cls(len(asyncio.all_tasks()), files, alive[BleLink], alive[Scanner], octets)


async def soak(seed: int, counters: Counters) -> tuple[Counter[str], Held, Held, int]:
    tablet = await VirtualTablet.create()
    meter = sample_meter(SAMPLE, lambda: NOW.astimezone())
    kind = BirdSettings("BIRD", ADDRESS, meter, OpticalLine(), advertising_ms=400)
    bird = await tablet.add_bird(kind)
    clock = VirtualClock()
    manager = ProbeManager(tablet.radio, clock.monotonic, lambda _: None, Random(seed))
    made = Soak(bird, manager, _driver(counters, clock), Random(seed))
    while clock.monotonic() < HOUR / 4:
        await made.visit()
    before = await _at_rest(manager)
    while clock.monotonic() < HOUR:
        await made.visit()
    after = await _at_rest(manager)
    assert manager.status().state is ProbeState.IDLE
    assert (bird.subscribers, bird.is_connected, len(tablet.device.connections)) == (0, False, 0)
    await manager.close()
    await tablet.close()
    await asyncio.sleep(1)
    return made.seen, before, after, len(asyncio.all_tasks())


async def _at_rest(manager: ProbeManager) -> Held:
    await manager.disconnect()
    await asyncio.sleep(60)  # what the Bird was still doing ends
    return Held.now()


def _driver(counters: Counters, clock: VirtualClock) -> DlmsDriver:
    model = load_model("cerm1")
    assert isinstance(model, MeterModel)
    secret = MeterSecret(lls_password=SAMPLE.lls_password.hex())
    watcher = Watcher(step=lambda _: None, log=lambda _: None, expert=lambda _: None)
    return dlms_driver(model, partial(association_of_tablet, secret=secret), DriverParts(counters, clock, watcher))


@pytest.mark.slow
@pytest.mark.skipif(IS_BLUEZ, reason="a kernel has no virtual time")
@pytest.mark.parametrize("seed", [1, 2])
def test_an_hour_leaves_nothing_behind(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    counters = Counters(tmp_path_factory.mktemp("soak") / "counters.sqlite")
    tracemalloc.start()
    try:
        seen, before, after, tasks_left = virtual_time.run(soak(seed, counters))
    finally:
        tracemalloc.stop()
    assert seen["done"] > 30, seen
    assert {"link-lost", "no-answer"} <= set(seen), seen
    assert replace(after, octets=0) == replace(before, octets=0)
    assert after.octets - before.octets < KEPT_OCTETS, (before, after)
    assert tasks_left == 1
