"""The one owner of the probe: states, lease, drops."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agent.domain.errors import InputError, LinkBusy, LinkError, LinkUnavailable
from agent.link.manager import ProbeManager, ProbeStatus
from agent.link.radio import Radio
from agent.simulator.bird import VirtualRadio

ADDRESS = "C0:00:00:00:00:01"


class Watched:
    def __init__(self, radio: Radio) -> None:
        self.states: list[str] = []
        self.manager = ProbeManager(radio, asyncio.get_running_loop().time, self.note)

    def note(self, status: ProbeStatus) -> None:
        if not self.states or self.states[-1] != status.state:
            self.states.append(status.state)


@pytest_asyncio.fixture
async def watched(virtual: VirtualRadio) -> AsyncIterator[Watched]:
    await virtual.add_bird(name="BIRD", address=ADDRESS)
    made = Watched(virtual.radio)
    yield made
    await made.manager.close()


async def test_scan_connect_lend_let_go(watched: Watched) -> None:
    manager = watched.manager
    await manager.scan()
    await asyncio.sleep(0.7)
    assert [found.name for found in manager.status().found] == ["BIRD"]
    await manager.connect(ADDRESS)
    async with manager.lease() as link:
        assert link.name == "BIRD"
        for forbidden in (manager.scan(), manager.disconnect(), manager.connect(ADDRESS)):
            with pytest.raises(LinkBusy):
                await forbidden
        with pytest.raises(LinkBusy):
            manager.require_connected()
    await manager.disconnect()
    assert watched.states == ["scanning", "idle", "connecting", "connected", "idle"]


async def test_a_drop_shows_as_lost_and_a_new_connection_mends_it(watched: Watched, virtual: VirtualRadio) -> None:
    await watched.manager.connect(ADDRESS)
    await virtual.birds[0].drop()
    await asyncio.sleep(0.1)
    assert watched.manager.status().state == "lost"
    with pytest.raises(LinkError) as caught:
        watched.manager.require_connected()
    assert caught.value.code == "link-not-connected"
    await watched.manager.connect(ADDRESS)
    assert watched.states == ["connecting", "connected", "lost", "connecting", "connected"]


async def test_what_is_no_address(watched: Watched) -> None:
    with pytest.raises(InputError) as caught:
        await watched.manager.connect("my bird")
    assert caught.value.code == "bad-link"
    assert watched.states == []


async def test_a_connection_that_fails_says_why(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.link.ble.CONNECT_SECONDS", 0.2)
    with pytest.raises(LinkError):
        await watched.manager.connect("C0:00:00:00:00:99")
    assert watched.manager.status().state == "idle"
    assert watched.manager.status().error is not None


async def test_no_bluetooth_at_all() -> None:
    """The platform's own radio, on a machine that has none: said, and nothing breaks."""
    made = Watched(Radio())
    try:
        await made.manager.scan()
    except LinkUnavailable:
        assert made.states == ["off"]
    await made.manager.close()
