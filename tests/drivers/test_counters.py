"""Invocation counters of sessions: reserved before use, raised above the meter's own, and tried again just once."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from agent.dlms import AssociationSettings, ClientAccess, Mechanism
from agent.dlms.security.settings import SecuritySettings
from agent.domain.errors import AssociationRefused
from agent.drivers.association import TABLET_TITLE, association_with
from agent.drivers.counters import COUNTER_TITLE, CountedSessions
from agent.drivers.session import OPENING
from agent.meters import MeterModel
from agent.meters.keys import Keys
from agent.procedures.identify import identify
from agent.simulator.meter import PUBLIC_CLIENT, SimulatedMeter
from agent.store.counters import COUNTERS_FILE, Counter, Counters
from tests.drivers.line import SAMPLE, Log, SignOnLink, cerm1, link_to, new_clock, sample
from tests.jobs.memory_line import MemoryClock

KEY, AUTHENTICATION_KEY, METER_TITLE = bytes(range(16)), bytes(range(16, 32)), b"MTR\x00\x00\x00\x00\x01"
COUNTER, TASK = COUNTER_TITLE.replace(" ", "_"), "Task"


class WithoutPublicClient(SimulatedMeter):
    """Lets nobody in without a key."""

    def access(self, client_sap: int) -> ClientAccess | None:
        return None if client_sap == PUBLIC_CLIENT else super().access(client_sap)


@dataclass
class Bench:
    """A meter that has accepted the counter `last` under its key already."""

    folder: Path
    last: int
    kind: type[SimulatedMeter] = SimulatedMeter
    log: Log = field(default_factory=Log)
    clock: MemoryClock = field(default_factory=new_clock)

    def __post_init__(self) -> None:
        security = SecuritySettings(METER_TITLE, KEY, AUTHENTICATION_KEY)
        access = ClientAccess(Mechanism.HLS_GMAC, security=security, seen={KEY: self.last})
        self.meter = sample(self.kind, management=access)
        self.counters = Counters(self.folder / COUNTERS_FILE)
        self.sessions = CountedSessions(self.counters, self.clock, self.log.watcher)

    @property
    def counter(self) -> Counter:
        return self.counters.counter(TABLET_TITLE, KEY)

    @property
    def openings(self) -> int:
        """How many sessions were asked for, refused or not."""
        return self.log.lines.count(OPENING)

    async def run(self, settings: AssociationSettings | None = None, model: MeterModel | None = None) -> str:
        known, link = model or cerm1(), link_to(self.meter, self.clock)
        return await self.sessions.run(
            lambda: identify(known, SAMPLE.serial), settings or ciphered(), known, link, TASK
        )


def ciphered(key: bytes = KEY, authentication_key: bytes = AUTHENTICATION_KEY) -> AssociationSettings:
    return association_with(cerm1(), Keys(TABLET_TITLE, key, authentication_key), None, "hls-gmac", "auth-enc")


async def test_a_key_that_was_never_used_here_asks_for_the_meters_counter_first(tmp_path: Path) -> None:
    bench = Bench(tmp_path, last=70_000)
    assert await bench.run() == SAMPLE.serial
    assert bench.log.titles == [COUNTER, TASK] and bench.openings == 2, "the meter never had to refuse"
    assert bench.counter.next() > 70_000


async def test_a_known_key_does_not_ask(tmp_path: Path) -> None:
    bench = Bench(tmp_path, last=10)
    bench.counter.raise_to(20)
    assert await bench.run() == SAMPLE.serial
    assert bench.log.titles == [TASK]


async def test_a_counter_that_is_behind_catches_up_with_the_meter_and_is_tried_once_more(tmp_path: Path) -> None:
    bench = Bench(tmp_path, last=70_000)
    bench.counter.raise_to(20)
    assert await bench.run() == SAMPLE.serial
    assert bench.log.titles == [COUNTER, TASK] and bench.openings == 3
    assert bench.counter.next() > 70_000


async def test_it_is_tried_once_more_and_not_twice(tmp_path: Path) -> None:
    """The meter does not tell its counter, so that the second try fails as the first."""
    model = replace(cerm1(), association=replace(cerm1().association, invocation_counter="0.0.43.1.9"))
    bench = Bench(tmp_path, last=70_000)
    bench.counter.raise_to(20)
    with pytest.raises(AssociationRefused) as refused:
        await bench.run(model=model)
    assert "invocation-counter-error" in str(refused.value.params["diagnostic"])
    assert bench.log.titles == [COUNTER]
    assert bench.openings == 3


async def test_another_refusal_is_not_tried_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path, last=10)
    bench.counter.raise_to(20)
    with pytest.raises(AssociationRefused):
        await bench.run(ciphered(authentication_key=bytes(16)))
    assert not bench.log.titles


async def test_a_meter_without_a_public_client_is_tried_with_what_is_known(tmp_path: Path) -> None:
    bench = Bench(tmp_path, last=0, kind=WithoutPublicClient)
    bench.counter.raise_to(1)
    assert await bench.run() == SAMPLE.serial
    new = Bench(tmp_path / "new", last=70_000, kind=WithoutPublicClient)
    with pytest.raises(AssociationRefused) as refused:
        await new.run()
    assert "invocation-counter-error" in str(refused.value.params["diagnostic"])
    assert not new.log.titles


async def test_no_number_is_used_twice_over_sessions(tmp_path: Path) -> None:
    bench = Bench(tmp_path, last=0)
    for _ in range(3):
        assert await bench.run() == SAMPLE.serial
    assert bench.log.titles == [COUNTER, TASK, TASK, TASK]


async def test_without_keys_no_counter_is_needed(tmp_path: Path) -> None:
    bench = Bench(tmp_path, last=0)
    bench.meter = sample()
    assert await bench.run(association_with(cerm1(), None, SAMPLE.lls_password, "lls", "none")) == SAMPLE.serial
    assert not (tmp_path / COUNTERS_FILE).exists()


async def test_a_sign_on_comes_before_each_session(tmp_path: Path) -> None:
    clock, log = new_clock(), Log()
    link = SignOnLink(sample(), clock, "mode-e")
    sessions = CountedSessions(Counters(tmp_path / COUNTERS_FILE), clock, log.watcher, mode_e=True)
    settings = association_with(cerm1(), None, SAMPLE.lls_password, "lls", "none")
    for number in (1, 2):
        found = await sessions.run(lambda: identify(cerm1(), SAMPLE.serial), settings, cerm1(), link, TASK)
        assert found == SAMPLE.serial and log.titles == [TASK] * number
        assert link.sign_ons == number
    assert link.bauds
