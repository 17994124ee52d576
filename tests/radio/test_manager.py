"""The one owner of the way to a probe: states, lease, drops, retries."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from random import Random

import pytest
import pytest_asyncio

from agent.domain.errors import InputError, LinkBusy, LinkError, LinkLost, LinkUnavailable
from agent.link.manager import ProbeManager
from agent.link.ports import SerialPort
from agent.link.profile import KeepAlive, recognise
from agent.link.radio import Radio
from agent.link.states import ProbeState
from agent.link.status import ProbeStatus, Wanted
from agent.simulator.bird import Bird
from agent.simulator.bird_settings import NORDIC_UART, BirdSettings
from tests.radio.rooms import IS_BLUEZ, Room

ADDRESS = "C0:00:00:00:00:01"
BIRD = BirdSettings("BIRD", ADDRESS)
OPENING = ["connecting", "discovering", "subscribing", "ready"]
only_virtual = pytest.mark.skipif(IS_BLUEZ, reason="this system's stack decides it by itself")


class Watched:
    """The manager, and every state that it went through."""

    def __init__(self, radio: Radio) -> None:
        self.told: list[ProbeState] = []
        self.manager = ProbeManager(radio, asyncio.get_running_loop().time, self.note, Random(1))

    def note(self, status: ProbeStatus) -> None:
        self.told.append(status.state)

    @property
    def states(self) -> list[str]:
        return [str(state) for state, _ in itertools.groupby(self.told)]

    async def until(self, state: ProbeState, seconds: float = 30.0) -> ProbeStatus:
        async with asyncio.timeout(seconds):
            while self.manager.status().state is not state:
                await asyncio.sleep(0.02)
        return self.manager.status()


@pytest_asyncio.fixture
async def bird(room: Room) -> Bird:
    return await room.add_bird(BIRD)


@pytest_asyncio.fixture
async def watched(room: Room) -> AsyncIterator[Watched]:
    made = Watched(room.radio)
    yield made
    await made.manager.close()
    assert made.manager.status().state is ProbeState.IDLE


async def test_scan_connect_lend_let_go(watched: Watched, bird: Bird) -> None:
    manager = watched.manager
    await manager.scan()
    async with asyncio.timeout(10):
        while ADDRESS not in {found.address for found in manager.status().found}:
            await asyncio.sleep(0.1)
    assert [found.name for found in manager.status().found if not found.is_port] == ["BIRD"]
    await manager.connect(Wanted(ADDRESS))
    assert manager.profile_title == "Nordic UART"
    async with manager.lease() as link:
        assert link.name == "BIRD"
        for forbidden in (manager.scan(), manager.disconnect(), manager.connect(Wanted(ADDRESS))):
            with pytest.raises(LinkBusy):
                await forbidden
        with pytest.raises(LinkBusy):
            manager.require_connected()
        with pytest.raises(LinkBusy):
            manager.use_mode_e(on=True)
    assert manager.status().led == "green"
    await manager.disconnect()
    assert watched.states == ["scanning", "idle", *OPENING, "draining", "idle"]
    assert bird.subscribers == 0


async def test_a_drop_in_the_middle_is_told_to_the_job_and_the_probe_comes_back(watched: Watched, bird: Bird) -> None:
    manager = watched.manager
    await manager.connect(Wanted(ADDRESS))
    async with manager.lease() as link:
        await link.write(b"a question")
        assert await link.read(5) == b"a question"
        await bird.drop()
        with pytest.raises(LinkLost):
            await link.read(5)
        await watched.until(ProbeState.BACKING_OFF)
        assert manager.status().error is not None
        await watched.until(ProbeState.READY)
        with pytest.raises(LinkLost):
            await link.write(b"the old link stays dead: nothing is sent again by itself")
    async with manager.lease() as link:
        await link.write(b"new")
        assert await link.read(5) == b"new"
    assert watched.states == [*OPENING, "draining", "backing-off", *OPENING]


async def test_the_last_probe_is_waited_for_and_an_advertisement_cuts_the_wait_short(
    watched: Watched, bird: Bird, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.link.ble.CONNECT_SECONDS", 1.0)
    monkeypatch.setattr("agent.link.backoff.FIRST_SECONDS", 25.0)
    bird.controller.go_out_of_range()
    await watched.manager.keep(Wanted(ADDRESS, "BIRD"))
    status = await watched.until(ProbeState.BACKING_OFF)
    assert status.probe is not None
    assert (status.probe.name, status.probe.signal) == ("BIRD", None)
    bird.controller.come_back()
    await watched.until(ProbeState.READY, seconds=10)
    assert watched.states[-5:] == ["backing-off", *OPENING]


async def test_a_probe_that_is_chosen_and_not_there_says_why_and_is_not_waited_for(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.link.ble.CONNECT_SECONDS", 0.5)
    with pytest.raises(LinkError) as caught:
        await watched.manager.connect(Wanted("C0:00:00:00:00:99"))
    assert caught.value.code == "link-not-found"
    status = await watched.until(ProbeState.IDLE)
    assert status.error is not None
    assert status.error.code == "link-not-found"


@only_virtual
async def test_a_probe_that_is_heard_and_does_not_answer_is_somebody_elses(
    watched: Watched, bird: Bird, monkeypatch: pytest.MonkeyPatch
) -> None:
    await watched.manager.scan()
    await asyncio.sleep(0.7)
    monkeypatch.setattr("agent.link.ble.CONNECT_SECONDS", 0.3)
    bird.controller.go_out_of_range()
    with pytest.raises(LinkError) as caught:
        await watched.manager.connect(Wanted(ADDRESS))
    assert caught.value.code == "link-taken"


async def test_letting_go_while_it_connects(watched: Watched) -> None:
    connecting = asyncio.create_task(watched.manager.connect(Wanted("C0:00:00:00:00:99")))
    await watched.until(ProbeState.CONNECTING)
    async with asyncio.timeout(8):
        await watched.manager.disconnect()
    with pytest.raises(LinkError) as caught:
        await connecting
    assert caught.value.code == "link-not-connected"
    assert watched.states == ["connecting", "draining", "idle"]


async def test_letting_go_at_any_moment_leaves_the_radio_to_the_next(watched: Watched, bird: Bird) -> None:
    """Also while the search for a probe begins: a scan cancelled there could block the radio for ever."""
    for moment in range(12):
        await watched.manager.keep(Wanted("C0:00:00:00:00:99"))
        await asyncio.sleep(moment * 0.004)
        await watched.manager.disconnect()
    await watched.manager.connect(Wanted(ADDRESS))
    assert bird.is_connected


async def test_letting_go_before_it_has_begun(watched: Watched) -> None:
    await watched.manager.keep(Wanted("C0:00:00:00:00:99"))
    await watched.manager.disconnect()
    assert watched.manager.status().state is ProbeState.IDLE


async def test_the_wrong_device_is_given_up_also_by_the_patient(watched: Watched, room: Room) -> None:
    await room.add_bird(replace(BIRD, profile=None))
    await watched.manager.keep(Wanted(ADDRESS))
    status = await watched.until(ProbeState.IDLE)
    assert status.error is not None
    assert status.error.code == "link-not-a-probe"


async def test_what_the_system_remembers_wrongly_is_discovered_anew(
    watched: Watched, bird: Bird, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outdated services from a cache cost one more connection, not the probe."""
    asked: list[bool] = []

    def stale(services: object, profiles: object) -> object:
        asked.append(True)
        return None if len(asked) == 1 else recognise(services, profiles)  # type: ignore[arg-type]

    monkeypatch.setattr("agent.link.ble.recognise", stale)
    await watched.manager.connect(Wanted(ADDRESS, cached=True))
    assert watched.states == ["connecting", "discovering", *OPENING]
    assert bird.is_connected


async def test_pairing_shows(watched: Watched, room: Room) -> None:
    await room.add_bird(replace(BIRD, pairing="just-works"))
    await watched.manager.connect(Wanted(ADDRESS))
    assert IS_BLUEZ or "pairing" in watched.states  # BlueZ pairs by itself
    await watched.manager.list_paired()
    assert [paired.address for paired in watched.manager.status().paired] == [ADDRESS]
    await watched.manager.forget(ADDRESS)
    status = watched.manager.status()
    assert (status.paired, status.state) == ((), ProbeState.IDLE)


@pytest.mark.usefixtures("bird")
async def test_an_idle_probe_is_kept_awake_and_a_lent_one_left_alone(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    profile = replace(NORDIC_UART, keep_alive=KeepAlive(NORDIC_UART.notify, 0.05))
    made = Watched(replace(room.radio, profiles=(profile,)))

    async def keep_alive(_link: object) -> None:
        read.append("read")

    monkeypatch.setattr("agent.link.ble.BleLink.keep_alive", keep_alive)
    await made.manager.connect(Wanted(ADDRESS))
    await asyncio.sleep(0.3)
    assert len(read) >= 3
    async with made.manager.lease():
        before = len(read)
        await asyncio.sleep(0.2)
        assert len(read) == before
    await made.manager.close()


async def test_what_is_no_address(watched: Watched) -> None:
    with pytest.raises(InputError) as caught:
        await watched.manager.connect(Wanted("my bird"))
    assert caught.value.code == "bad-link"
    assert watched.states == []


# ── no radio ──


async def test_no_bluetooth_at_all() -> None:
    """The platform's own radio on a machine that has none: reported, and nothing breaks."""
    if IS_BLUEZ:
        pytest.skip("here is one")
    made = Watched(Radio())
    try:
        await made.manager.scan()
    except LinkUnavailable as error:
        assert made.states == ["scanning", "off"]
        assert made.manager.status().error is error
    await made.manager.close()


@only_virtual
async def test_serial_ports_are_listed_also_without_bluetooth(room: Room) -> None:
    async def ports() -> list[SerialPort]:
        return [SerialPort("COM5", "USB optical head", may_be_probe=True), SerialPort("COM1", None, may_be_probe=False)]

    radio = Radio(ports=ports)
    made = Watched(radio)
    await made.manager.scan()
    status = made.manager.status()
    assert status.state is ProbeState.SCANNING
    assert isinstance(status.error, LinkUnavailable)
    assert [(found.address, found.is_probe, found.is_port) for found in status.found] == [
        ("COM5", True, True),
        ("COM1", False, True),
    ]
    await made.manager.close()
    both = Watched(replace(room.radio, ports=ports))
    await room.add_bird(BIRD)
    await both.manager.scan()
    await asyncio.sleep(0.7)
    assert {found.address for found in both.manager.status().found} == {ADDRESS, "COM5", "COM1"}
    await both.manager.close()
