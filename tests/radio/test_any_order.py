"""Any requests to the manager, in any order, while anything happens to the probe: it ends idle, with nothing left."""

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.domain.errors import LinkError
from agent.link.manager import ProbeManager
from agent.link.states import NEXT, ProbeState
from agent.link.status import ProbeStatus, Wanted
from agent.simulator.air import VirtualTablet
from agent.simulator.bird import Bird
from agent.simulator.bird_settings import BirdSettings
from tests import virtual_time
from tests.radio.rooms import IS_BLUEZ

HERE, AWAY = "C0:00:00:00:00:01", "C0:00:00:00:00:99"
Step = tuple[str, float]


def steps(manager: ProbeManager, bird: Bird) -> dict[str, Callable[[], Awaitable[None]]]:
    async def out_of_range() -> None:
        bird.controller.go_out_of_range()

    async def come_back() -> None:
        bird.controller.come_back()

    async def hang_up() -> None:
        bird.hangs_up = not bird.hangs_up

    async def use() -> None:
        async with manager.lease() as link:
            await link.write(b"a question")
            await link.read(2)

    return {
        "scan": manager.scan,
        "stop": manager.stop_scan,
        "connect": lambda: manager.connect(Wanted(HERE)),
        "connect away": lambda: manager.connect(Wanted(AWAY)),
        "keep": lambda: manager.keep(Wanted(HERE, cached=True)),
        "disconnect": manager.disconnect,
        "forget": lambda: manager.forget(HERE),
        "use": use,
        "drop": bird.drop,
        "out of range": out_of_range,
        "come back": come_back,
        "hang up": hang_up,
    }


NAMES = [
    *("scan", "stop", "connect", "connect away", "keep", "disconnect"),
    *("forget", "use", "drop", "out of range", "come back", "hang up"),
]


async def live_through(plan: list[Step]) -> None:
    tablet = await VirtualTablet.create()
    bird = await tablet.add_bird(BirdSettings("BIRD", HERE))
    told: list[ProbeStatus] = []
    manager = ProbeManager(tablet.radio, asyncio.get_running_loop().time, told.append, Random(0))
    can = steps(manager, bird)
    before = len(asyncio.all_tasks())
    asked = []
    for name, pause in plan:
        asked.append(asyncio.create_task(_tried(can[name]())))
        await asyncio.sleep(pause)
    async with asyncio.timeout(120):
        await asyncio.gather(*asked)
        await asyncio.gather(manager.close(), manager.close())
    await asyncio.sleep(30)
    assert manager.status().state is ProbeState.IDLE
    assert (bird.is_connected, len(tablet.device.connections), tablet.device.scanning) == (False, 0, False)
    assert len(asyncio.all_tasks()) == before
    states = [ProbeState.IDLE, *(status.state for status in told)]
    for state, following in itertools.pairwise(states):
        assert state is following or following in NEXT[state].values()
    await tablet.close()


async def _tried(work: Awaitable[None]) -> None:
    """A LinkError is an answer; any other error is a fault of ours."""
    with contextlib.suppress(LinkError):
        await work


@pytest.mark.slow
@pytest.mark.skipif(IS_BLUEZ, reason="a kernel has no virtual time")
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from([0.0, 0.01, 0.3, 2.0, 20.0])), max_size=12))
def test_any_order(plan: list[Step]) -> None:
    virtual_time.run(live_through(plan))
