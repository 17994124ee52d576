"""The background loop, with time as the test gives it."""

import asyncio
from functools import partial

import pytest
from werkzeug.wrappers import Response

from agent.store import Store, orders
from agent.sync import Sync, Watch
from agent.sync.watch import Rhythm
from tests.jobs.test_changes import CLAIMS
from tests.store.samples import USER, settle_new_job
from tests.sync.servers import PASSWORD, FixedClock, SmallSmm

RHYTHM = Rhythm(look=15, first_retry=5, longest=60)


@pytest.fixture
def watch(sync: Sync, clock: FixedClock) -> Watch:
    return Watch(sync, clock, RHYTHM, chance=lambda: 0.0)


def sent(smm: SmallSmm) -> int:
    return smm.requests.count("POST /api/v1/executions")


async def test_it_sends_what_waits_and_nothing_where_nothing_waits(
    watch: Watch, sync: Sync, smm: SmallSmm, store: Store
) -> None:
    settle_new_job(store, "job-1")
    await watch.look_once()
    assert (sync.state.online, sent(smm)) == (True, 0), "nobody is logged in"
    await sync.login(USER.username, PASSWORD)
    await watch.look_once()
    assert (sync.state.waiting, sent(smm)) == (0, 1)
    await watch.look_once()
    assert sent(smm) == 1


async def test_smm_out_of_reach_is_seen_and_not_pushed_to(watch: Watch, sync: Sync, smm: SmallSmm) -> None:
    smm.trouble = lambda _request: Response("", 503)
    await watch.look_once()
    assert sync.state.online is False
    assert sync.state.error is None
    smm.trouble = lambda _request: None
    await watch.look_once()
    assert sync.state.online is True


async def test_failed_syncs_are_repeated_more_and_more_seldom(
    watch: Watch, sync: Sync, smm: SmallSmm, store: Store, clock: FixedClock
) -> None:
    settle_new_job(store, "job-1")
    await sync.login(USER.username, PASSWORD)
    smm.trouble = lambda request: Response("", 503) if request.path.endswith("/executions") else None
    tries = []
    for second in range(250):
        clock.seconds = second
        before = sent(smm)
        await watch.look_once()
        if sent(smm) > before:
            tries.append(second)
    assert tries == [0, 5, 15, 35, 75, 135, 195]
    watch.kick()
    smm.trouble = lambda _request: None
    await watch.look_once()
    assert sync.state.waiting == 0, "a kick does not wait for the next try"


async def test_success_starts_the_waiting_times_anew(
    watch: Watch, sync: Sync, smm: SmallSmm, store: Store, clock: FixedClock
) -> None:
    await sync.login(USER.username, PASSWORD)
    for number, second in enumerate((0, 100)):
        settle_new_job(store, f"job-{number}")
        clock.seconds = second
        smm.lose_answers = 1
        await watch.look_once()
        clock.seconds = second + 4.9
        await watch.look_once()
        assert sync.state.waiting == 1
        clock.seconds = second + 5
        await watch.look_once()
        assert sync.state.waiting == 0


async def test_held_back_it_waits_and_a_kick_does_not(
    watch: Watch, sync: Sync, store: Store, clock: FixedClock
) -> None:
    await sync.login(USER.username, PASSWORD)
    settle_new_job(store, "job-1")
    watch.hold(60)
    clock.seconds = 59
    await watch.look_once()
    assert sync.state.waiting == 1
    clock.seconds = 60
    await watch.look_once()
    assert sync.state.waiting == 0
    settle_new_job(store, "job-2")
    watch.hold(60)
    watch.kick()
    await watch.look_once()
    assert sync.state.waiting == 0


async def test_a_kick_wakes_it(sync: Sync, smm: SmallSmm, store: Store, clock: FixedClock) -> None:
    async def sleep_for_ever(_seconds: float) -> None:
        await asyncio.Event().wait()

    pauses = asyncio.Queue[float]()

    async def sleep(seconds: float) -> None:
        pauses.put_nowait(seconds)
        await sleep_for_ever(seconds)

    watch = Watch(sync, clock, RHYTHM, sleep)
    running = asyncio.create_task(watch.run())
    assert await asyncio.wait_for(pauses.get(), 10) == 15
    await sync.login(USER.username, PASSWORD)
    settle_new_job(store, "job-1")
    watch.kick()
    await asyncio.wait_for(pauses.get(), 10)
    assert sent(smm) == 1
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_orders_that_are_held_are_looked_after(watch: Watch, sync: Sync, smm: SmallSmm, store: Store) -> None:
    claimed = "GET /api/v1/work-orders/claimed"
    await sync.login(USER.username, PASSWORD)
    await watch.look_once()
    assert smm.requests.count(claimed) == 0, "nothing is held"
    await store.write(partial(orders.keep, claims=CLAIMS))
    await watch.look_once()
    assert smm.requests.count(claimed) == 1
    sync.logout()
    await watch.look_once()
    assert smm.requests.count(claimed) == 1
