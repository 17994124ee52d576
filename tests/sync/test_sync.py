"""Sending what waits and fetching the meter directory."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.wrappers import Request, Response

from agent.domain.errors import EplusError, LoginRefused, SmmFault, SmmUnreachable
from agent.domain.exchange import DirectoryMeter, MeterPage
from agent.domain.words import LANGUAGES, table
from agent.store import Store, directory, jobs
from agent.store.database import FILE_NAME as DATABASE
from agent.sync import Sync, SyncState
from agent.sync.state import StatePublisher
from agent.sync.tablet_time import TabletTime
from tests.store.samples import NOW, SERIAL, USER, settle_new_job
from tests.sync.servers import PASSWORD, FixedClock, SmallSmm


def outbox_states(store: Store) -> dict[str, str | None]:
    with store.read() as db:
        records = [*jobs.pending(db), *jobs.history(db, 1000)]
    return {record.id: record.outbox for record in records}


def settle_many(store: Store, count: int) -> None:
    for number in range(count):
        settle_new_job(store, f"job-{number:03}")


async def test_all_that_waits_is_sent_in_order(sync: Sync, smm: SmallSmm, store: Store, seen: list[SyncState]) -> None:
    settle_many(store, 3)
    await sync.session.login(USER.username, PASSWORD)
    smm.ahead = timedelta(seconds=-12)
    await sync.run()
    assert set(outbox_states(store).values()) == {"received"}
    with store.read() as db:
        assert jobs.get(db, "job-000").received_at == NOW
    state = sync.state
    assert (state.running, state.done, state.total, state.waiting, state.drift_s) == (False, 3, 3, 0, 12)
    assert (state.last_at, state.error) == (NOW, None)
    assert any(state.running and state.total == 3 and state.done == 0 for state in seen)
    await sync.run()
    assert len(smm.taken) == 3
    assert sync.state.total == 0


async def test_batches_are_recorded_one_by_one(
    sync: Sync, smm: SmallSmm, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.sync.push.MAX_BATCH", 4)
    settle_many(store, 10)
    await sync.session.login(USER.username, PASSWORD)

    def cut_third_batch(_request: Request) -> Response | None:
        return Response("down", 503) if smm.requests.count("POST /api/v1/executions") == 3 else None

    smm.answer_instead = cut_third_batch
    with pytest.raises(SmmFault):
        await sync.run()
    assert (sync.state.waiting, sync.state.done, sync.state.total) == (2, 8, 10)
    assert sync.state.error is not None
    assert sync.state.error.params == {"status": 503}
    await sync.run()
    assert len(smm.taken) == len(set(smm.taken)) == 10
    assert sync.state.error is None


async def test_a_lost_answer_ends_in_duplicates_and_one_envelope(sync: Sync, smm: SmallSmm, store: Store) -> None:
    settle_many(store, 2)
    await sync.session.login(USER.username, PASSWORD)
    smm.lose_answers = 1
    with pytest.raises(SmmFault):
        await sync.run()
    assert set(outbox_states(store).values()) == {"waiting"}
    await sync.run()
    assert set(outbox_states(store).values()) == {"received"}
    assert len(smm.taken) == 2


async def test_a_rejected_envelope_blocks_nobody(sync: Sync, smm: SmallSmm, store: Store) -> None:
    settle_many(store, 3)
    smm.rejected = {"job-001"}
    await sync.session.login(USER.username, PASSWORD)
    await sync.run()
    assert outbox_states(store) == {"job-000": "received", "job-001": "refused", "job-002": "received"}
    assert (sync.state.waiting, sync.state.refused, sync.state.done) == (0, 1, 3)
    assert len(smm.taken) == 2


@pytest.mark.parametrize("status", [413, 422, 500])
async def test_an_envelope_that_breaks_its_whole_batch_blocks_nobody(
    sync: Sync, smm: SmallSmm, store: Store, status: int
) -> None:
    settle_many(store, 7)
    await sync.session.login(USER.username, PASSWORD)

    def choke(request: Request) -> Response | None:
        poisoned = request.path.endswith("/executions") and b'"job-004"' in request.get_data()
        return Response("", status) if poisoned else None

    smm.answer_instead = choke
    with pytest.raises(SmmFault):
        await sync.run()
    assert [job for job, state in outbox_states(store).items() if state == "waiting"] == ["job-004"]
    assert sync.state.waiting == 1


async def test_a_broken_smm_is_not_asked_for_every_envelope(
    sync: Sync, smm: SmallSmm, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.sync.push.MAX_BATCH", 4)
    settle_many(store, 12)
    await sync.session.login(USER.username, PASSWORD)
    smm.answer_instead = lambda request: Response("", 500) if request.path.endswith("/executions") else None
    with pytest.raises(SmmFault):
        await sync.run()
    assert smm.requests.count("POST /api/v1/executions") == 7, "the first batch, in halves"


async def test_receipts_that_are_missing_leave_the_envelope_waiting(sync: Sync, smm: SmallSmm, store: Store) -> None:
    settle_many(store, 2)
    await sync.session.login(USER.username, PASSWORD)
    answer = {"receipts": [], "server_time": NOW.isoformat()}
    smm.answer_instead = lambda request: (
        Response(json.dumps(answer), content_type="application/json") if request.path.endswith("/executions") else None
    )
    with pytest.raises(SmmFault):
        await sync.run()
    assert sync.state.waiting == 2


async def test_an_ended_session_says_so_and_nothing_is_lost(sync: Sync, smm: SmallSmm, store: Store) -> None:
    settle_many(store, 1)
    with pytest.raises(LoginRefused) as refused:
        await sync.run()
    assert refused.value.code == "not-logged-in"
    await sync.session.login(USER.username, PASSWORD)
    smm.token = "another"
    for _ in range(2):
        with pytest.raises(LoginRefused) as refused:
            await sync.run()
        assert refused.value.code == "session-ended"
    assert smm.requests.count("POST /api/v1/executions") == 1, "without a session SMM is not asked"
    assert not sync.session.is_open
    assert sync.session.user is not None
    assert (sync.state.waiting, sync.state.password_needed) == (1, True)
    await sync.session.login(USER.username, PASSWORD)
    await sync.run()
    assert sync.state.waiting == 0


async def test_one_run_at_a_time(sync: Sync, smm: SmallSmm, store: Store) -> None:
    settle_many(store, 3)
    await sync.session.login(USER.username, PASSWORD)
    await asyncio.gather(sync.run(), sync.run(), sync.run())
    assert smm.requests.count("POST /api/v1/executions") == 1
    assert len(smm.taken) == 3


async def test_what_is_settled_during_a_run_goes_with_it_if_somebody_asks(
    sync: Sync, smm: SmallSmm, store: Store
) -> None:
    """SYNC pressed while the meter directory comes in: the outbox was through already."""
    settle_many(store, 1)
    await sync.session.login(USER.username, PASSWORD)
    first = asyncio.create_task(sync.run())
    while "GET /api/v1/meters" not in smm.requests:
        await asyncio.sleep(0.001)
    settle_new_job(store, "during")
    await sync.run()
    await first
    assert sync.state.waiting == 0
    assert len(smm.taken) == 2


async def test_who_stops_waiting_does_not_stop_the_run(sync: Sync, smm: SmallSmm, store: Store) -> None:
    settle_many(store, 1)
    await sync.session.login(USER.username, PASSWORD)
    first = asyncio.create_task(sync.run())
    await asyncio.sleep(0)
    first.cancel()
    await sync.run()
    assert sync.state.waiting == 0
    assert smm.requests.count("POST /api/v1/executions") == 1


def page(serials: list[str], cursor: str, *, more: bool = False, deleted: list[str] | None = None) -> MeterPage:
    meters = [
        DirectoryMeter(serial=serial, model="cerm1", pod=None, address=None, customer=None, sealed=None)
        for serial in serials
    ]
    return MeterPage(meters=meters, deleted=deleted or [], cursor=cursor, more=more)


async def test_the_directory_comes_page_by_page_and_then_only_changes(sync: Sync, smm: SmallSmm, store: Store) -> None:
    await sync.session.login(USER.username, PASSWORD)
    smm.pages = {
        None: page([SERIAL, "METER-2"], "a&b", more=True),
        "a&b": page(["METER-3"], "2"),
        "2": page([], "3", deleted=["METER-2"]),
        "3": page([], "3"),
    }
    await sync.run()
    assert sync.state.meters == 3
    await sync.run()
    assert sync.state.meters == 2
    await sync.run()
    with store.read() as db:
        assert directory.find(db, "METER-2") is None
        found = directory.find(db, SERIAL)
    assert found is not None
    assert found.model == "cerm1"


async def test_a_user_with_another_tag_gets_another_directory(sync: Sync, smm: SmallSmm, store: Store) -> None:
    smm.pages = {None: page([SERIAL], "1"), "1": page([], "1")}
    await sync.session.login(USER.username, PASSWORD)
    await sync.run()
    other = USER.model_copy(update={"username": "pgarcia", "tag": "Chile"})
    smm.users["pgarcia"] = (other, PASSWORD)
    smm.pages = {None: page(["METER-9"], "1")}
    await sync.session.login("pgarcia", PASSWORD)
    await sync.run()
    with store.read() as db:
        assert (directory.find(db, SERIAL), directory.count(db)) == (None, 1)


async def test_a_directory_that_never_ends_is_a_fault(sync: Sync, smm: SmallSmm) -> None:
    await sync.session.login(USER.username, PASSWORD)
    smm.pages = {None: page([], "1", more=True), "1": page([], "1", more=True)}
    with pytest.raises(SmmFault):
        await sync.run()


async def test_a_sync_is_stopped_at_the_end(sync: Sync, store: Store) -> None:
    settle_many(store, 1)
    await sync.session.login(USER.username, PASSWORD)
    running = asyncio.create_task(sync.run())
    await asyncio.sleep(0)
    await sync.close()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert sync.state.running is False


def test_the_errors_of_a_sync_have_words() -> None:
    errors: list[EplusError] = [SmmUnreachable(), SmmFault(status=500), LoginRefused(code="session-ended")]
    for language in LANGUAGES:
        assert {error.code for error in errors} <= set(table(language))


async def test_refresh_shows_what_a_job_added(sync: Sync, store: Store, seen: list[SyncState]) -> None:
    settle_many(store, 1)
    assert sync.state.waiting == 0
    sync.refresh()
    assert sync.state.waiting == 1
    count = len(seen)
    sync.refresh()
    assert len(seen) == count, "no change, no word"


def test_a_store_that_was_mended_says_so(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    settle_new_job(store)
    store.close()
    (tmp_path / DATABASE).write_bytes(b"")
    store = Store.open(tmp_path)
    publisher = StatePublisher(store, TabletTime(store, FixedClock()), lambda _: None)
    assert [(notice.code, notice.params) for notice in publisher.state.notices] == [
        ("storage-rescued", {"saved": 1, "lost": 0})
    ]
    store.close()
