"""The same tablet against SMM ePlus itself, over real HTTP."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from agent.domain.attempt import AttemptState
from agent.domain.errors import LoginRefused
from agent.domain.exchange import FailurePayload, MeterSecret
from agent.domain.sample import METERS, USERS
from agent.drivers.system_clock import SystemClock
from agent.smm.app import create_app
from agent.smm.database import Database, utc_now
from agent.smm.directory import note_revision
from agent.smm.models import UndecidedOutcome, WorkOrder
from agent.smm.orders.decisions import Decision, decide
from agent.smm.orders.ending import ask_to_cancel
from agent.store import Store, attempts, directory, jobs, orders, outbox
from agent.sync import SmmClient, Sync, pinned
from tests.conftest import copied
from tests.smm.fleet import add_meters
from tests.store.samples import envelope_for, leave_undecided, new_job, settle_new_job, settlement, write
from tests.sync.servers import running

TECHNICIAN = USERS[0]


@pytest.fixture
def real_url(smm_sample: Path, tmp_path: Path) -> Iterator[str]:
    url = copied(smm_sample, tmp_path)
    with running(make_server("127.0.0.1", 0, create_app(url), threaded=True)) as address:
        yield address


@pytest.fixture
async def real_sync(store: Store, real_url: str) -> AsyncIterator[Sync]:
    async with SmmClient(real_url) as client:
        yield Sync(store, client, SystemClock(), "tablet of the tests")


async def test_from_login_to_receipt(real_sync: Sync, store: Store) -> None:
    assert await real_sync.check_online()
    user = await real_sync.session.login(TECHNICIAN.username, TECHNICIAN.password)
    assert (user.user.name, user.offline) == (TECHNICIAN.name, False)
    settle_new_job(store, "job-1", user=TECHNICIAN.username)
    settle_new_job(store, "job-2", user=TECHNICIAN.username)
    await real_sync.run()
    with store.read() as db:
        assert (outbox.count_waiting(db), outbox.count_refused(db)) == (0, 0), jobs.pending(db)
        assert [job.outbox for job in jobs.history(db, 10)] == ["received", "received"]
        assert directory.count(db) == len(METERS)
        meter = directory.find(db, METERS[0].serial)
    assert meter is not None
    secret = directory.open_secret(meter, store.identity)
    assert secret == MeterSecret(lls_password=METERS[0].lls_password.hex())
    assert real_sync.state.drift_s is not None
    assert abs(real_sync.state.drift_s) <= 1
    await real_sync.run()
    assert (real_sync.state.total, real_sync.state.error) == (0, None)


async def test_an_envelope_sent_twice_is_received_once(real_sync: Sync, store: Store) -> None:
    await real_sync.session.login(TECHNICIAN.username, TECHNICIAN.password)
    settle_new_job(store, "job-1", user=TECHNICIAN.username)
    await real_sync.run()
    await store.write(lambda db: db.execute("UPDATE outbox SET state = 'waiting'"))
    await real_sync.run()
    with store.read() as db:
        assert jobs.get(db, "job-1").outbox == "received"


async def test_a_meter_that_smm_learns_of_later_is_no_lasting_refusal(
    real_sync: Sync, store: Store, tmp_path: Path
) -> None:
    await real_sync.session.login(TECHNICIAN.username, TECHNICIAN.password)
    new = "FLEET" + "0" * 13
    failure = FailurePayload(serial=new, code="no-answer")
    envelope = envelope_for(store.identity, "job-1", TECHNICIAN.username, outcome=failure)
    ended = replace(settlement(store.identity), build_envelope=envelope)
    write(store, lambda db: jobs.create(db, new_job("job-1")))
    write(store, lambda db: jobs.settle(db, "job-1", ended))
    await real_sync.run()
    with store.read() as db:
        refused = jobs.get(db, "job-1")
        assert pinned.receipt_key(db) is not None
    assert (refused.outbox, refused.refusal_code) == ("refused", "unknown-meter")
    database = Database(f"sqlite:///{tmp_path / 'smm.sqlite'}")
    assert new in add_meters(database, 1)
    with database.begin() as session:
        note_revision(session)
    await real_sync.run()
    with store.read() as db:
        assert jobs.get(db, "job-1").outbox == "received"


@pytest.mark.parametrize("decision", ["applied", "not-applied"])
async def test_what_a_person_decided_ends_the_job_and_frees_the_meter(
    real_sync: Sync, store: Store, tmp_path: Path, decision: Decision
) -> None:
    await real_sync.session.login(TECHNICIAN.username, TECHNICIAN.password)
    leave_undecided(store, "job-1", TECHNICIAN.username)
    await real_sync.run()
    with store.read() as db:
        assert jobs.get(db, "job-1").state == "undecided"
        assert attempts.open_at(db, METERS[0].serial)
    with Database(f"sqlite:///{tmp_path / 'smm.sqlite'}").begin() as session:
        outcome = session.scalars(select(UndecidedOutcome)).one()
        decide(session, outcome, decision, "seen at the meter", "ripa", utc_now())
    await real_sync.run()
    await real_sync.run()
    with store.read() as db:
        ended = jobs.get(db, "job-1")
        assert attempts.open_at(db, METERS[0].serial) is None
        assert jobs.pending(db) == []
    wanted = ("done", AttemptState.APPLIED) if decision == "applied" else ("failed", AttemptState.NOT_APPLIED)
    assert ((ended.state, ended.attempt), ended.error_code) == (wanted, f"decided-{decision}")


async def test_an_order_that_is_cancelled_says_so_by_itself_and_is_given_back(
    real_sync: Sync, store: Store, tmp_path: Path
) -> None:
    await real_sync.session.login(TECHNICIAN.username, TECHNICIAN.password)
    token = real_sync.session.token()
    numbers = [order.id for order in await real_sync.orders.available("", token)]
    await real_sync.orders.claim(numbers[:2], token)
    database = Database(f"sqlite:///{tmp_path / 'smm.sqlite'}")
    with database.begin() as session:
        for number in numbers[:2]:
            ask_to_cancel(session.get_one(WorkOrder, number), "ripa", utc_now())
    settle_new_job(store, "job-1", user=TECHNICIAN.username)  # for the second one, not yet sent
    await store.write(lambda db: db.execute("UPDATE jobs SET work_order = ?", [numbers[1]]))
    await real_sync.refresh_orders()
    with store.read() as db:
        assert [(held.claim.order.id, held.gone) for held in orders.held(db)] == [
            (numbers[0], "order-cancelled"),
            (numbers[1], "order-gone"),
        ]
    with database.begin() as session:
        states = [session.get_one(WorkOrder, number).state for number in numbers[:2]]
    assert states == ["cancelled", "claimed"]
    await real_sync.refresh_orders()
    with store.read() as db:
        assert [held.gone for held in orders.held(db)] == ["order-cancelled", "order-gone"]


@pytest.mark.parametrize(
    ("username", "password", "code"),
    [
        (TECHNICIAN.username, "wrong", "login-wrong"),
        ("nobody", "wrong", "login-wrong"),
        ("pedro.locked", "bird-2026", "login-locked"),
        ("ripa", "smm-2026", "login-not-mobile"),
    ],
)
async def test_who_is_not_let_in(real_sync: Sync, username: str, password: str, code: str) -> None:
    with pytest.raises(LoginRefused) as refused:
        await real_sync.session.login(username, password)
    assert (refused.value.code, refused.value.params) == (code, {"user": username})
