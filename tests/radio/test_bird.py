"""The link over Bluetooth: octets both ways, drops, devices that are no probe."""

import asyncio
from typing import Any

import pytest
from bleak import BleakClient, BleakScanner

from agent.domain.errors import LinkError, LinkLost, LinkNotFound
from agent.link.address import BleAddress
from agent.link.ble import BleLink
from agent.link.scanner import Scanner
from agent.simulator.bird import VirtualRadio

ADDRESS = "C0:00:00:00:00:01"
TEN_KB = bytes(range(256)) * 40


async def read_all(link: BleLink, count: int) -> bytes:
    received = b""
    while len(received) < count:
        piece = await link.read(5)
        assert piece, f"silence after {len(received)} octets"
        received += piece
    return received


@pytest.mark.parametrize("mtu", [23, 185, 247])
async def test_ten_kilobytes_each_way(virtual: VirtualRadio, mtu: int) -> None:
    await virtual.add_bird(name="BIRD", address=ADDRESS, mtu=mtu)
    link = BleLink(BleAddress(ADDRESS), virtual.radio)
    await link.open()
    await link.write(TEN_KB)
    assert await read_all(link, len(TEN_KB)) == TEN_KB
    await link.close()
    await link.close()


async def test_it_is_bleaks_own_client_and_scanner(virtual: VirtualRadio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing stands in for bleak: its public classes do the work, and are counted."""
    used: list[str] = []

    def counted(cls: type[Any], name: str) -> None:
        original = getattr(cls, name)

        async def call(self: Any, *args: Any, **options: Any) -> Any:
            used.append(f"{cls.__name__}.{name}")
            return await original(self, *args, **options)

        monkeypatch.setattr(cls, name, call)

    for cls, name in ((BleakScanner, "start"), (BleakClient, "connect"), (BleakClient, "write_gatt_char")):
        counted(cls, name)
    await virtual.add_bird(name="BIRD", address=ADDRESS)
    scanner = Scanner(virtual.radio, lambda: 0.0, lambda: None)
    await scanner.start()
    await asyncio.sleep(0.4)
    await scanner.stop()
    assert [found.name for found in scanner.found()] == ["BIRD"]
    link = BleLink(BleAddress(ADDRESS), virtual.radio)
    await link.open()
    await link.write(b"octets")
    assert await read_all(link, 6) == b"octets"
    await link.close()
    assert used == ["BleakScanner.start", "BleakClient.connect", "BleakClient.write_gatt_char"]


async def test_a_drop_is_said(virtual: VirtualRadio) -> None:
    bird = await virtual.add_bird(name="BIRD", address=ADDRESS)
    link = BleLink(BleAddress(ADDRESS), virtual.radio)
    await link.open()
    await bird.drop()
    with pytest.raises(LinkLost):
        await link.read(5)
    with pytest.raises(LinkLost):
        await link.write(b"x")
    await link.close()


async def test_out_of_range_and_back(virtual: VirtualRadio) -> None:
    bird = await virtual.add_bird(name="BIRD", address=ADDRESS)
    link = BleLink(BleAddress(ADDRESS), virtual.radio)
    await link.open()
    bird.controller.go_out_of_range()
    with pytest.raises(LinkLost):
        await link.read(5)
    await link.close()
    bird.controller.come_back()
    again = BleLink(BleAddress(ADDRESS), virtual.radio)
    await again.open()
    await again.write(b"back")
    assert await read_all(again, 4) == b"back"
    await again.close()


async def test_silence_is_no_error(virtual: VirtualRadio) -> None:
    bird = await virtual.add_bird(name="BIRD", address=ADDRESS)
    bird.silent = True
    link = BleLink(BleAddress(ADDRESS), virtual.radio)
    await link.open()
    await link.write(b"anybody there?")
    assert await link.read(0.05) == b""
    await link.close()


async def test_a_device_that_is_no_probe(virtual: VirtualRadio) -> None:
    await virtual.add_bird(name="HEADPHONES", address=ADDRESS, profile=None)
    link = BleLink(BleAddress(ADDRESS), virtual.radio)
    with pytest.raises(LinkError) as caught:
        await link.open()
    assert caught.value.code == "link-not-a-probe"


async def test_nobody_there(virtual: VirtualRadio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.link.ble.CONNECT_SECONDS", 0.3)
    link = BleLink(BleAddress(ADDRESS), virtual.radio)
    with pytest.raises(LinkNotFound) as caught:
        await link.open()
    assert caught.value.params["address"] == ADDRESS


async def test_the_list_smooths_signals_and_forgets_the_silent(virtual: VirtualRadio) -> None:
    now = [0.0]
    await virtual.add_bird(name="BIRD", address=ADDRESS, signal=-40)
    await virtual.add_bird(name="OTHER", address="C0:00:00:00:00:02", signal=-80, profile=None)
    scanner = Scanner(virtual.radio, lambda: now[0], lambda: None)
    await scanner.start()
    await asyncio.sleep(0.4)
    await scanner.stop()
    bird, other = scanner.found()
    assert (bird.name, bird.is_probe, round(bird.signal)) == ("BIRD", True, -40)
    assert (other.name, other.is_probe, round(other.signal)) == ("OTHER", False, -80)
    now[0] = 11.0
    assert scanner.found() == []
