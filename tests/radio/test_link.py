"""The link over Bluetooth: octets both ways, drops, pairing, devices that are not probes."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from bleak import BleakClient, BleakScanner

from agent.domain.errors import LinkError, LinkLost, LinkNotFound
from agent.link.address import BleAddress
from agent.link.ble import BleLink
from agent.link.profile import BaudCommand, KeepAlive, Led, ProbeProfile, probe_profiles
from agent.link.radio import Radio
from agent.link.scanner import Scanner
from agent.link.states import ProbeEvent
from agent.simulator.bird_settings import NORDIC_UART, BirdSettings
from agent.simulator.line import OpticalLine
from tests.radio.rooms import IS_BLUEZ, Room

ADDRESS = "C0:00:00:00:00:01"
ECHO = BirdSettings("BIRD", ADDRESS)
TEN_KB = bytes(range(256)) * 40
LED = "6e40fff1-b5a3-f393-e0a9-e50e24dcca9e"
PROFILES_AND_MTUS = [
    pytest.param(profile, mtu, id=f"{profile.title} {mtu}")
    for profile in probe_profiles()
    for mtu in (23, 185, 247, 517)
    if profile.cap > 20 or mtu == 23
]
only_virtual = pytest.mark.skipif(IS_BLUEZ, reason="this system's stack decides it by itself")


def link_of(room: Room, **options: Any) -> BleLink:
    return BleLink(BleAddress(ADDRESS), room.radio, "BIRD", **options)


async def opened(room: Room, **options: Any) -> BleLink:
    link = link_of(room, **options)
    await link.open()
    return link


async def read_all(link: BleLink, count: int) -> bytes:
    received = b""
    while len(received) < count:
        piece = await link.read(5)
        assert piece, f"silence after {len(received)} octets"
        received += piece
    return received


@pytest.mark.slow
@pytest.mark.parametrize(("profile", "mtu"), PROFILES_AND_MTUS)
async def test_ten_kilobytes_each_way(room: Room, profile: ProbeProfile, mtu: int) -> None:
    """Every octet comes back in order; the small buffer of a probe never overflows."""
    baud = 38_400 if profile.flow == "paced" else 115_200
    await room.add_bird(replace(ECHO, profile=profile, mtu=mtu, line=OpticalLine(baud=baud, turnaround=0)))
    link = await opened(room)
    await link.set_baud(baud)
    assert link.profile == profile
    await link.write(TEN_KB)
    assert await read_all(link, len(TEN_KB)) == TEN_KB
    await link.close()
    await link.close()


@only_virtual
async def test_without_pacing_a_small_buffer_would_lose_octets(room: Room) -> None:
    """Why there is pacing: the same probe, written to as if it took everything."""
    slow = OpticalLine(baud=9600, turnaround=0)
    paced = next(profile for profile in probe_profiles() if profile.flow == "paced")
    await room.add_bird(replace(ECHO, profile=paced, line=slow))
    believer = replace(room.radio, profiles=(replace(paced, flow="free"),))
    link = BleLink(BleAddress(ADDRESS), believer)
    await link.open()
    await link.write(bytes(1000))
    received = b""
    while piece := await link.read(1):
        received += piece
    await link.close()
    assert len(received) < 1000
    link = await opened(room)
    await link.write(bytes(600))
    assert len(await read_all(link, 600)) == 600
    await link.close()


async def test_it_is_bleaks_own_client_and_scanner(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing stands in for bleak: its public classes do the work, and are counted."""
    used: list[str] = []

    def counted(cls: type[Any], name: str) -> None:
        original = getattr(cls, name)

        async def call(self: Any, *args: Any, **options: Any) -> Any:
            used.append(f"{cls.__name__}.{name}")
            return await original(self, *args, **options)

        monkeypatch.setattr(cls, name, call)

    await room.add_bird(ECHO)
    for cls, name in ((BleakScanner, "start"), (BleakClient, "connect"), (BleakClient, "write_gatt_char")):
        counted(cls, name)
    scanner = await scanned(room.radio)
    assert [found.name for found in scanner.found()] == ["BIRD"]
    link = await opened(room, device=scanner.devices()[ADDRESS])
    await link.write(b"octets")
    assert await read_all(link, 6) == b"octets"
    await link.close()
    assert used == ["BleakScanner.start", "BleakClient.connect", "BleakClient.write_gatt_char"]


async def scanned(radio: Radio, seconds: float = 3.0 if IS_BLUEZ else 0.4) -> Scanner:
    scanner = Scanner(radio, asyncio.get_running_loop().time)
    await scanner.start()
    await asyncio.sleep(seconds)
    await scanner.stop()
    return scanner


async def test_the_opening_tells_how_far_it_is(room: Room) -> None:
    await room.add_bird(ECHO)
    told: list[ProbeEvent] = []
    link = await opened(room, on_event=told.append)
    await link.close()
    assert told == [ProbeEvent.LINKED, ProbeEvent.RECOGNISED, ProbeEvent.SUBSCRIBED]


async def test_a_drop_is_said(room: Room) -> None:
    bird = await room.add_bird(ECHO)
    link = await opened(room)
    await bird.drop()
    with pytest.raises(LinkLost):
        await link.read(5)
    with pytest.raises(LinkLost):
        await link.write(b"x")
    await link.close()


async def test_closing_ends_a_read_and_leaves_nothing_behind(room: Room) -> None:
    bird = await room.add_bird(ECHO)
    link = await opened(room)
    assert bird.subscribers == 1
    reading = asyncio.create_task(link.read(30))
    await asyncio.sleep(0.05)
    await asyncio.gather(link.close(), link.close())
    with pytest.raises(LinkLost):
        await reading
    async with asyncio.timeout(5):
        while bird.is_connected:
            await asyncio.sleep(0.02)
    assert bird.subscribers == 0


async def test_out_of_range_and_back(room: Room) -> None:
    bird = await room.add_bird(ECHO)
    link = await opened(room)
    bird.controller.go_out_of_range()
    with pytest.raises(LinkLost):
        await link.read(5)
    await link.close()
    bird.controller.come_back()
    again = await opened(room)
    await again.write(b"back")
    assert await read_all(again, 4) == b"back"
    await again.close()


async def test_silence_is_no_error(room: Room) -> None:
    bird = await room.add_bird(ECHO)
    bird.silent = True
    link = await opened(room)
    await link.write(b"anybody there?")
    assert await link.read(0.05) == b""
    await link.close()


async def test_who_never_reads_loses_the_link_and_not_some_octets(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notifications cannot be held back: where they do not fit, the link is lost, and no octet is left out."""
    monkeypatch.setattr("agent.link.inbox.LARGEST", 1000)
    await room.add_bird(ECHO)
    link = await opened(room)
    await link.write(bytes(3000))
    async with asyncio.timeout(10):
        await link.lost.wait()
    assert 0 < len(await link.read(1)) <= 1000
    with pytest.raises(LinkLost):
        await link.read(1)
    await link.close()


async def test_a_device_that_is_no_probe(room: Room) -> None:
    await room.add_bird(replace(ECHO, name="HEADPHONES", profile=None))
    with pytest.raises(LinkError) as caught:
        await opened(room)
    assert caught.value.code == "link-not-a-probe"
    assert not caught.value.retryable


async def test_a_probe_that_hangs_up_at_once_is_probably_somebody_elses(room: Room) -> None:
    bird = await room.add_bird(ECHO)
    bird.hangs_up = True
    with pytest.raises(LinkError) as caught:
        await opened(room)
    assert caught.value.code in ("link-taken", "link-not-found")


@only_virtual
async def test_nobody_there(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.link.ble.CONNECT_SECONDS", 0.3)
    with pytest.raises(LinkNotFound) as caught:
        await opened(room)
    assert caught.value.params["address"] == "BIRD"


# ── pairing ──


async def test_a_probe_that_wants_to_be_paired_is(room: Room) -> None:
    """The next connection needs no pairing."""
    bird = await room.add_bird(replace(ECHO, pairing="just-works"))
    link = await opened(room)
    await link.write(b"secret")
    assert await read_all(link, 6) == b"secret"
    assert bird.is_encrypted
    assert ADDRESS in [paired.address for paired in await room.radio.paired()]
    await link.close()
    told: list[ProbeEvent] = []
    again = await opened(room, on_event=told.append)
    await again.write(b"again")
    assert await read_all(again, 5) == b"again"
    assert bird.is_encrypted
    assert ProbeEvent.PAIR_ASKED not in told
    await again.close()
    await room.radio.unpair(ADDRESS)
    assert ADDRESS not in [paired.address for paired in await room.radio.paired()]


async def test_a_probe_that_wants_a_pin_says_what_to_do(room: Room) -> None:
    await room.add_bird(replace(ECHO, pairing="pin"))
    with pytest.raises(LinkError) as caught:
        await opened(room)
    assert caught.value.code == "link-pin-needed", caught.value.detail
    assert not caught.value.retryable


# ── what a utility's own profile may ask for ──

TOLD = replace(NORDIC_UART, baud=BaudCommand("AT+BAUD{baud}\r\n", "OK {baud}\r\n"))
LIT = replace(NORDIC_UART, led=Led(LED, red=1, green=2), keep_alive=KeepAlive(LED, 1.0))


async def test_a_rate_told_in_band_is_answered_and_taken_out(room: Room) -> None:
    await room.add_bird(replace(ECHO, profile=TOLD))
    link = BleLink(BleAddress(ADDRESS), replace(room.radio, profiles=(TOLD,)))
    await link.open()
    await link.set_baud(300)
    await link.write(b"at this rate")
    assert await read_all(link, 12) == b"at this rate"
    await link.close()


async def test_a_probe_that_does_not_answer_the_baud_command_says_so(room: Room) -> None:
    await room.add_bird(replace(ECHO, profile=TOLD))
    deaf = replace(TOLD, baud=BaudCommand("BAUD {baud}", "never"))
    link = BleLink(BleAddress(ADDRESS), replace(room.radio, profiles=(deaf,)))
    await link.open()
    with pytest.raises(LinkError) as caught:
        await link.set_baud(300)
    assert caught.value.code == "link-baud"
    await link.close()


async def test_the_lamp_is_read_where_the_probe_tells_it(room: Room) -> None:
    await room.add_bird(replace(ECHO, profile=LIT))
    link = BleLink(BleAddress(ADDRESS), replace(room.radio, profiles=(LIT,)))
    await link.open()
    assert link.led == "green"
    assert link.keep_alive_seconds == 1.0
    await link.keep_alive()
    await link.close()


# ── the list ──


async def test_the_list_smooths_signals_and_forgets_the_silent(room: Room) -> None:
    now = [0.0]
    await room.add_bird(ECHO, signal=-40)
    await room.add_bird(BirdSettings("OTHER", "C0:00:00:00:00:02", profile=None), signal=-80)
    scanner = Scanner(room.radio, lambda: now[0])
    await scanner.start()
    await asyncio.sleep(3.0 if IS_BLUEZ else 0.4)
    await scanner.stop()
    bird, other = scanner.found()
    assert bird.signal is not None
    assert other.signal is not None
    assert (bird.name, bird.is_probe, round(bird.signal)) == ("BIRD", True, -40)
    assert (other.name, other.is_probe, round(other.signal)) == ("OTHER", False, -80)
    now[0] = 11.0
    assert scanner.found() == []


async def test_two_birds_of_the_same_name_are_two(room: Room) -> None:
    first = await room.add_bird(ECHO)
    second = await room.add_bird(replace(ECHO, address="C0:00:00:00:00:02"))
    scanner = await scanned(room.radio)
    assert [(found.name, found.address) for found in scanner.found()] == [
        ("BIRD", first.address),
        ("BIRD", second.address),
    ]
    link = BleLink(BleAddress(second.address), room.radio)
    await link.open()
    assert (first.is_connected, second.is_connected) == (False, True)
    await link.close()
