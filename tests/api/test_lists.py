"""Lists come in parts, however much waits; what SMM refused has a way out."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from sqlite_utils import Database

from agent.api.jobs import JOBS_SHOWN, JobId, JobListeners, JobMethods, JobNews, ListPart, pending_jobs
from agent.api.orders import ORDERS_SHOWN, HeldOrdersPart, OrderMethods
from agent.api.refused import CloseRefused, RefusedMethods
from agent.api.sessions import PageSession
from agent.domain.errors import InputError
from agent.domain.exchange import Receipt, ReceiptState
from agent.jobs.engine import JobEngine
from agent.store import Store, jobs, orders, outbox
from agent.sync import LoggedIn, SmmClient, Sync
from tests.jobs.test_changes import CLAIMS
from tests.store.samples import NOW, USER, new_job, settlement, write
from tests.sync.servers import FixedClock

MANY = 120


class Desk:
    """The methods of a page, and what they tell it."""

    def __init__(self, store: Store, sync: Sync) -> None:
        self.store, self.sync = store, sync
        listeners = JobListeners(_ignore, _ignore, _ignore, _ignore, lambda: None)
        self.news = JobNews(store, listeners)
        clock, engine = FixedClock(), cast(JobEngine, None)
        session = PageSession(sync, _ignore)
        self.jobs = JobMethods(store, clock, sync.time, session, engine, self.news)
        self.orders = OrderMethods(store, clock, session, sync, engine, _ignore)
        self.refused = RefusedMethods(store, clock, session, sync, self.news)


def _ignore(*_: Any) -> None:
    return


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    store = Store.open(tmp_path)

    def fill(db: Database) -> None:
        for number in range(MANY):
            job = f"job-{number:03}"
            jobs.create(db, new_job(job, NOW + timedelta(seconds=number)))
            jobs.start(db, job, NOW)
            jobs.settle(db, job, settlement(store.identity, job))

    write(store, fill)
    async with SmmClient("http://127.0.0.1:1") as client:
        sync = Sync(store, client, FixedClock(), "tablet")
        sync.session.user = LoggedIn(USER, offline=True, offline_until=NOW)
        yield Desk(store, sync)
        await sync.close()
    store.close()


def answer(store: Store, count: int, state: ReceiptState, code: str | None = None) -> None:
    """SMM's receipts for the oldest that wait."""
    with store.read() as db:
        keys = [waiting.key for waiting in outbox.waiting(db, count)]
    receipts = [Receipt(key=key, state=state, received_at=NOW, code=code) for key in keys]
    write(store, lambda db: outbox.record(db, receipts, NOW, 1))


async def all_parts(ask: Any) -> list[str]:
    """The names in all parts, asked for one after the other."""
    found: list[str] = []
    while True:
        part = await ask(ListPart(after=found[-1] if found else None))
        assert len(part.jobs) <= JOBS_SHOWN
        found += [job.id for job in part.jobs]
        if not part.more:
            return found


async def test_what_waits_comes_in_parts_and_what_needs_a_person_first(desk: Desk) -> None:
    answer(desk.store, 60, ReceiptState.REJECTED)
    names = [f"job-{number:03}" for number in range(MANY)]
    assert await all_parts(desk.jobs.pending) == [*reversed(names[:60]), *reversed(names[60:])]
    assert [job.id for job in pending_jobs(desk.store)] == list(reversed(names[10:60]))


async def test_history_comes_in_parts(desk: Desk) -> None:
    answer(desk.store, 110, ReceiptState.ACCEPTED)
    assert await all_parts(desk.jobs.history) == [f"job-{number:03}" for number in reversed(range(110))]
    with pytest.raises(InputError):
        await desk.jobs.history(ListPart(after="job-x"))


async def test_orders_come_in_parts(desk: Desk) -> None:
    claims = [
        claim.model_copy(update={"order": claim.order.model_copy(update={"id": number})})
        for number in range(1, 61)
        for claim in CLAIMS[:1]
    ]
    write(desk.store, partial(orders.keep, claims=claims))
    first = await desk.orders.held(HeldOrdersPart())
    rest = await desk.orders.held(HeldOrdersPart(after=first.orders[-1].id))
    assert (len(first.orders), first.more, rest.orders[0].id) == (ORDERS_SHOWN, True, ORDERS_SHOWN + 1)


async def test_a_refused_job_waits_again_or_is_closed(desk: Desk) -> None:
    answer(desk.store, 2, ReceiptState.REJECTED, "unknown-meter")
    shown = pending_jobs(desk.store)[0]
    assert shown.outbox_error is not None
    assert (shown.outbox_error.code, shown.may_retry) == ("refused-unknown-meter", True)
    await desk.refused.retry(JobId(job="job-000"))
    await desk.refused.close(CloseRefused(job="job-001", note=" meter was scrapped "))
    assert (desk.sync.state.waiting, desk.sync.state.refused) == (MANY - 1, 0)
    (closed,) = (await desk.jobs.history(ListPart())).jobs
    assert (closed.id, closed.outbox, closed.closed_by) == ("job-001", "closed", USER.username)
    assert (closed.closed_note, closed.closed_at) == ("meter was scrapped", "2026-11-23T10:00:00.000Z")
    with pytest.raises(InputError) as refused:
        await desk.refused.retry(JobId(job="job-001"))
    assert refused.value.code == "not-refused"
