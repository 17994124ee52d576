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
from tests.sync.servers import PASSWORD, FixedClock, SmallSmm, shown

RHYTHM = Rhythm(check=15, first_retry=5, longest=60)


@pytest.fixture
def watch(sync: Sync, clock: FixedClock) -> Watch:
    return Watch(sync, clock, RHYTHM, chance=lambda: 0.0)


def sent(smm: SmallSmm) -> int:
    return smm.requests.count("POST /api/v1/executions")


async def test_it_sends_what_waits_and_nothing_where_nothing_waits(
    watch: Watch, sync: Sync, smm: SmallSmm, store: Store
) -> None:
    settle_new_job(store, "job-1")
    await watch.check_once()
    assert (sync.state.online, sent(smm)) == (True, 0), "nobody is logged in"
    await sync.session.login(USER.username, PASSWORD)
    await watch.check_once()
    assert (sync.state.waiting, sent(smm)) == (0, 1)
    await watch.check_once()
    assert sent(smm) == 1


async def test_smm_out_of_reach_is_seen_and_not_pushed_to(watch: Watch, sync: Sync, smm: SmallSmm) -> None:
    smm.answer_instead = lambda _request: Response("", 503)
    await watch.check_once()
    assert sync.state.online is False
    assert sync.state.error is None
    smm.answer_instead = lambda _request: None
    await watch.check_once()
    assert sync.state.online is True


async def test_failed_syncs_are_repeated_more_and_more_seldom(
    watch: Watch, sync: Sync, smm: SmallSmm, store: Store, clock: FixedClock
) -> None:
    settle_new_job(store, "job-1")
    await sync.session.login(USER.username, PASSWORD)
    smm.answer_instead = lambda request: Response("", 503) if request.path.endswith("/executions") else None
    tries = []
    for second in range(250):
        clock.seconds = second
        before = sent(smm)
        await watch.check_once()
        if sent(smm) > before:
            tries.append(second)
    assert tries == [0, 5, 15, 35, 75, 135, 195]
    smm.answer_instead = lambda _request: None
    clock.seconds = 254.9
    await watch.check_once()
    assert sync.state.waiting == 1, "the longest wait is not over"
    clock.seconds = 255
    await watch.check_once()
    assert sync.state.waiting == 0


async def test_success_starts_the_waiting_times_anew(
    watch: Watch, sync: Sync, smm: SmallSmm, store: Store, clock: FixedClock
) -> None:
    await sync.session.login(USER.username, PASSWORD)
    for number, second in enumerate((0, 100)):
        settle_new_job(store, f"job-{number}")
        clock.seconds = second
        smm.lose_answers = 1
        await watch.check_once()
        clock.seconds = second + 4.9
        await watch.check_once()
        assert sync.state.waiting == 1
        clock.seconds = second + 5
        await watch.check_once()
        assert sync.state.waiting == 0


async def test_who_logged_in_without_smm_gets_a_session_when_it_is_back(
    watch: Watch, sync: Sync, smm: SmallSmm, store: Store
) -> None:
    await sync.session.login(USER.username, PASSWORD)
    settle_new_job(store, "job-1")
    smm.answer_instead = lambda _request: Response("", 503)
    await sync.session.login(USER.username, PASSWORD)
    await watch.check_once()
    assert (sync.state.online, sync.session.is_open) == (False, False)
    smm.answer_instead = lambda _request: None
    await watch.check_once()
    assert sync.session.is_open
    assert sync.state.waiting == 0
    assert shown(sync) == (True, False, None)


async def test_a_refused_renewal_is_not_repeated(watch: Watch, sync: Sync, smm: SmallSmm, clock: FixedClock) -> None:
    await sync.session.login(USER.username, PASSWORD)
    smm.answer_instead = lambda _request: Response("", 503)
    await sync.session.login(USER.username, PASSWORD)
    smm.answer_instead = lambda _request: None
    smm.user_refusal = "login-locked"
    logins = smm.requests.count("POST /api/v1/sessions")
    for second in range(0, 3600, 15):
        clock.seconds = second
        await watch.check_once()
    assert smm.requests.count("POST /api/v1/sessions") == logins + 1
    assert sync.state.password_needed


@pytest.mark.parametrize("path", ["/healthz", "/executions"])
async def test_smm_is_left_alone_for_as_long_as_it_asks(
    watch: Watch, sync: Sync, smm: SmallSmm, store: Store, clock: FixedClock, path: str
) -> None:
    await sync.session.login(USER.username, PASSWORD)
    settle_new_job(store, "job-1")
    busy = Response("{}", 503, content_type="application/json", headers={"Retry-After": "120"})
    smm.answer_instead = lambda request: busy if request.path.endswith(path) else None
    await watch.check_once()
    asked = len(smm.requests)
    smm.answer_instead = lambda _request: None
    for clock.seconds in (15, 119.9):
        await watch.check_once()
    assert len(smm.requests) == asked
    assert sync.state.error is not None
    assert (sync.state.error.code, sync.state.error.params["seconds"]) == ("smm-busy", 120)
    clock.seconds = 120
    await watch.check_once()
    assert sync.state.waiting == 0
    assert shown(sync) == (True, False, None)


async def test_a_person_may_try_all_the_same(watch: Watch, sync: Sync, smm: SmallSmm, store: Store) -> None:
    await sync.session.login(USER.username, PASSWORD)
    settle_new_job(store, "job-1")
    smm.answer_instead = lambda _request: Response("{}", 429, headers={"Retry-After": "120"})
    await watch.check_once()
    smm.answer_instead = lambda _request: None
    await sync.run()
    assert sync.state.waiting == 0


async def test_another_page_in_place_of_smm_shows_until_smm_is_back(watch: Watch, sync: Sync, smm: SmallSmm) -> None:
    await sync.session.login(USER.username, PASSWORD)
    smm.answer_instead = lambda _request: Response("<html>Wi-Fi</html>", content_type="text/html")
    await watch.check_once()
    assert sync.state.error is not None
    assert (sync.state.online, sync.state.error.code) == (False, "smm-portal")
    assert sync.session.is_open
    smm.answer_instead = lambda _request: None
    await watch.check_once()
    assert shown(sync) == (True, False, None)


async def test_what_cannot_be_sent_does_not_keep_smm_busy(
    watch: Watch, sync: Sync, smm: SmallSmm, store: Store, clock: FixedClock
) -> None:
    settle_new_job(store, "job-1")
    await store.write(lambda db: db.execute("UPDATE outbox SET envelope = '{'"))
    await sync.session.login(USER.username, PASSWORD)
    for clock.seconds in range(0, 60, 5):
        await watch.check_once()
    assert sent(smm) < 10


@pytest.mark.parametrize(("refused", "pause"), [(True, 600), (False, 3600)])
async def test_a_run_comes_also_where_nothing_waits(
    watch: Watch, sync: Sync, smm: SmallSmm, store: Store, clock: FixedClock, refused: bool, pause: int
) -> None:
    settle_new_job(store, "job-1")
    if refused:
        smm.rejected, smm.rejection_code, smm.revision = {"job-1"}, "unknown-meter", 1
    await sync.session.login(USER.username, PASSWORD)
    await watch.check_once()
    smm.rejected, smm.revision = set(), 2
    clock.seconds = pause - 1
    await watch.check_once()
    assert sent(smm) == 1
    clock.seconds = pause
    await watch.check_once()
    assert (sent(smm) > 1, sync.state.refused) == (True, 0)


async def test_held_back_it_waits(watch: Watch, sync: Sync, store: Store, clock: FixedClock) -> None:
    await sync.session.login(USER.username, PASSWORD)
    settle_new_job(store, "job-1")
    watch.hold(60)
    clock.seconds = 59
    await watch.check_once()
    assert sync.state.waiting == 1
    await sync.run()
    assert sync.state.waiting == 0, "a run that somebody asks for is not held back"
    settle_new_job(store, "job-2")
    sync.refresh()
    clock.seconds = 60
    await watch.check_once()
    assert sync.state.waiting == 0


async def test_it_checks_again_after_each_pause(sync: Sync, smm: SmallSmm, store: Store, clock: FixedClock) -> None:
    pauses, go_on = asyncio.Queue[float](), asyncio.Semaphore(0)

    async def sleep(seconds: float) -> None:
        pauses.put_nowait(seconds)
        await go_on.acquire()

    running = asyncio.create_task(Watch(sync, clock, RHYTHM, sleep).run())
    assert await asyncio.wait_for(pauses.get(), 10) == 15
    await sync.session.login(USER.username, PASSWORD)
    settle_new_job(store, "job-1")
    assert sent(smm) == 0
    go_on.release()
    assert await asyncio.wait_for(pauses.get(), 10) == 15
    assert sent(smm) == 1
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_the_orders_of_this_tablet_are_refreshed(watch: Watch, sync: Sync, smm: SmallSmm, store: Store) -> None:
    claimed = "GET /api/v1/work-orders/claimed"
    await sync.session.login(USER.username, PASSWORD)
    await watch.check_once()
    assert smm.requests.count(claimed) == 0, "nothing is held"
    await store.write(partial(orders.keep, claims=CLAIMS))
    await watch.check_once()
    assert smm.requests.count(claimed) == 1
    sync.session.logout()
    await watch.check_once()
    assert smm.requests.count(claimed) == 1
