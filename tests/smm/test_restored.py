"""A backup is restored: tablets offer again what they sent, and everything is there once."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, make_url, select, update
from werkzeug.serving import make_server

from agent.domain.activity import Activity
from agent.domain.sample import METERS, USERS
from agent.drivers.system_clock import SystemClock
from agent.smm.app import create_app
from agent.smm.database import Database, utc_now
from agent.smm.keys import KeyBox
from agent.smm.models import AuditEntry, Execution, Meter, WorkOrder
from agent.smm.orders.creating import create
from agent.smm.orders.request import WorkOrderRequest
from agent.smm.people.requester import Requester
from agent.smm.restoring import mark_restored
from agent.store import Store, outbox
from agent.sync import SmmClient, Sync
from tests.smm import samples
from tests.smm.api.test_orders_api import System
from tests.smm.conftest import SERIAL, Tablet, reading
from tests.smm.pages.test_pages import log_in
from tests.store.samples import settle_new_job
from tests.sync.servers import running

pytestmark = pytest.mark.slow

TECHNICIAN = USERS[0]
Backup = Callable[[], str]


@pytest.fixture
def back_up(url: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Backup:
    """Copies the database as it is now, and returns the URL of the copy, which nobody uses yet."""
    monkeypatch.setattr("agent.smm.database.IDLE_SECONDS", 0.0)  # copying disconnects everybody

    def made() -> str:
        if url.startswith("sqlite"):
            for suffix in ("", "-wal", ".key"):
                if (file := tmp_path / f"smm.sqlite{suffix}").exists():
                    shutil.copy(file, tmp_path / f"copy.sqlite{suffix}")
            return f"sqlite:///{tmp_path / 'copy.sqlite'}"
        copied: str = request.getfixturevalue("postgres").copy(str(make_url(url).database))
        return copied

    return made


def restore(copy: str) -> Database:
    database = Database(copy)
    with database.begin() as session:
        mark_restored(session)
    return database


def keys(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Execution.key)))


async def sync_with(store: Store, url: str) -> None:
    with running(make_server("127.0.0.1", 0, create_app(url), threaded=True)) as address:
        async with SmmClient(address) as client:
            sync = Sync(store, client, SystemClock(), "tablet of the tests")
            await sync.session.login(TECHNICIAN.username, TECHNICIAN.password)
            await sync.run()
            await sync.close()


async def test_what_the_backup_lacks_comes_again(url: str, back_up: Backup, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "tablet")
    settle_new_job(store, "job-1", user=TECHNICIAN.username)
    await sync_with(store, url)
    copy = back_up()
    settle_new_job(store, "job-2", user=TECHNICIAN.username)
    settle_new_job(store, "job-3", user=TECHNICIAN.username)
    await sync_with(store, url)
    restored = restore(copy)
    assert len(keys(restored)) == 1
    await sync_with(store, copy)
    assert len(keys(restored)) == 3
    with store.read() as db:
        assert (outbox.count_waiting(db), outbox.count_refused(db)) == (0, 0)
    await sync_with(store, copy)
    assert len(keys(restored)) == len(set(keys(restored))) == 3
    with restored.read() as session:
        assert session.scalar(select(func.count()).where(WorkOrder.origin == "tablet")) == 3
    store.close()


def tablet_on(copy: str, tablet: Tablet) -> Tablet:
    """The same tablet, at the restored system."""
    tablet.client = create_app(copy).test_client()
    assert tablet.log_in().status_code == 201
    return tablet


def asked(client: FlaskClient, database: Database, **body: Any) -> int:
    with database.begin() as session:
        session.execute(update(WorkOrder).values(state="cancelled"))
    (number,) = System(client, database).ask(**body).json["ids"]
    return int(number)


def test_a_claim_that_the_backup_lacks_counts(
    client: FlaskClient, database: Database, tablet: Tablet, back_up: Backup
) -> None:
    number = asked(client, database, activity="reading")
    copy = back_up()
    fence = tablet.post(f"/work-orders/{number}/claim").json["fence"]
    done = tablet.signed(reading(), utc_now(), work_order=number, fence=fence)
    restored = restore(copy)
    assert tablet_on(copy, tablet).states(done) == ["accepted"]
    with restored.read() as session:
        assert session.get_one(WorkOrder, number).state == "executed"


def test_an_order_that_the_backup_lacks_becomes_one_again(
    client: FlaskClient, database: Database, tablet: Tablet, back_up: Backup
) -> None:
    copy = back_up()
    number = asked(client, database, activity="reading")
    fence = tablet.post(f"/work-orders/{number}/claim").json["fence"]
    done = tablet.signed(reading(), utc_now(), work_order=number, fence=fence)
    restored = restore(copy)
    new = asked(create_app(copy).test_client(), restored, activity="reading", serials=[METERS[1].serial])
    assert new > number + 1000, "no number is given out twice"
    assert tablet_on(copy, tablet).states(done) == ["accepted"]
    with restored.read() as session:
        order = session.scalars(select(WorkOrder).join(Execution).where(Execution.key == done["key"])).one()
        assert (order.origin, order.state, order.serial) == ("tablet", "executed", SERIAL)


def test_a_charge_that_may_be_out_waits_for_a_person(
    client: FlaskClient, database: Database, tablet: Tablet, back_up: Backup
) -> None:
    number = asked(client, database, activity="credit-charge", amount_wh=500)
    copy = back_up()
    claim = tablet.post(f"/work-orders/{number}/claim").json
    restored = restore(copy)
    with restored.read() as session:
        order = session.get_one(WorkOrder, number)
        assert order.state == "awaiting-approval"
        token_id = order.token_id
    there = tablet_on(copy, tablet)
    assert there.post(f"/work-orders/{number}/claim").status_code == 409
    charged = there.signed(
        samples.charged(500, token_id),
        utc_now(),
        kind="credit-charge",
        work_order=number,
        fence=claim["fence"],
    )
    assert there.states(charged) == ["accepted"]
    with restored.read() as session:
        assert session.get_one(WorkOrder, number).state == "executed"


# ── a backup of any age, put back with the command or without ──


def ordered(database: Database, activity: Activity, serial: str = SERIAL, **more: Any) -> int:
    """The number of a new order."""
    request = WorkOrderRequest(activity, (serial,), **more)
    with database.begin() as session:
        (number,) = create(session, KeyBox.for_database(database.url), request, Requester("ripa", "Chile"), utc_now())
    return number


class Evening:
    """A tablet's evening of work, step by step; it remembers every envelope, as its memory on disk does."""

    def __init__(self, client: FlaskClient, database: Database) -> None:
        self.client, self.database = client, database
        self.made: dict[int, dict[str, Any]] = {}
        self.orders: dict[str, int] = {}
        self.fences: dict[str, int] = {}
        self.steps: list[Callable[[], object]] = [
            self.enrol,
            lambda: self.do("reading", reading()),
            lambda: self.ask(Activity.READING),
            lambda: self.claim("reading"),
            lambda: self.do("reading", reading(), of="reading"),
            lambda: self.ask(Activity.CREDIT_CHARGE, amount_wh=500),
            lambda: self.claim("credit-charge"),
            self.charge,
            lambda: self.do("disconnect", samples.breaker_change("disconnected", 0, output=False)),
            lambda: self.ask(Activity.RECONNECT, reason="pagado"),
            lambda: self.claim("reconnect"),
            lambda: self.do("reconnect", samples.not_done(), of="reconnect"),
            self.profile,
        ]

    def enrol(self) -> None:
        self.tablet = Tablet(self.client)
        self.tablet.log_in()

    def ask(self, activity: Activity, **more: Any) -> None:
        self.orders[activity] = ordered(self.database, activity, **more)

    def claim(self, activity: str) -> None:
        answer = self.tablet.post(f"/work-orders/{self.orders[activity]}/claim").json
        self.fences[activity] = answer["fence"]
        with self.database.read() as session:
            self.token_id = session.get_one(WorkOrder, self.orders[activity]).token_id

    def charge(self) -> None:
        self.do("credit-charge", samples.charged(500, self.token_id), of="credit-charge")

    def profile(self) -> None:
        for part in (1, 2):
            self.do("load-profile", samples.profile_part(part), job="j", part=part, parts=2)

    def do(self, kind: str, payload: dict[str, Any], of: str = "", **head: Any) -> None:
        if of:
            head |= {"work_order": self.orders[of], "fence": self.fences[of]}
        envelope = self.tablet.signed(payload, utc_now(), kind=kind, **head)
        self.made[envelope["sequence"]] = envelope
        assert self.tablet.states(envelope) == ["accepted"]

    def go_on(self, *new: dict[str, Any]) -> None:
        """The next syncs, each answered for until nothing is missing: a tablet knows of no restore."""
        sent: tuple[dict[str, Any], ...] = new
        for _ in range(5):
            answer = self.tablet.send(*sent, last_sequence=self.tablet.sequence).json
            assert {receipt["state"] for receipt in answer["receipts"]} <= {"accepted", "duplicate"}
            wanted = [n for each in answer["missing"] for n in range(each["first"], each["last"] + 1)]
            if not wanted:
                return
            sent = tuple(self.made[number] for number in wanted)
        raise AssertionError("SMM still lacks something")


STEPS = 13


@pytest.mark.parametrize("sends", ["new work", "nothing"])
@pytest.mark.parametrize("command", [True, False], ids=["with the command", "without it"])
@pytest.mark.parametrize("age", range(STEPS + 1))
def test_nothing_is_lost_and_nothing_is_there_twice(
    client: FlaskClient, database: Database, back_up: Backup, age: int, command: bool, sends: str
) -> None:
    with database.begin() as session:
        session.execute(update(WorkOrder).values(state="cancelled"))
    evening = Evening(client, database)
    assert len(evening.steps) == STEPS
    for step in evening.steps[:age]:
        step()
    copy = back_up()
    for step in evening.steps[age:]:
        step()
    restored = restore(copy) if command else Database(copy)
    tablet = evening.tablet
    tablet.client = create_app(copy).test_client()
    tablet.enrol()
    assert tablet.log_in().status_code == 201
    if sends == "new work":
        new = tablet.envelope(minutes=5)
        evening.made[new["sequence"]] = new
        evening.go_on(new)
    else:
        evening.go_on()
    assert sorted(keys(restored)) == sorted(envelope["key"] for envelope in evening.made.values())
    with restored.read() as session:
        charges = session.scalars(select(WorkOrder).join(Execution).where(WorkOrder.activity == "credit-charge")).all()
        assert [(order.state, order.parameters["amount_wh"]) for order in charges] == [("executed", 500)]
        done = session.execute(select(WorkOrder.id, func.count()).join(Execution).group_by(WorkOrder.id)).all()
        assert sorted(count for _, count in done) == [1] * (len(evening.made) - 2) + [2], "one order for each job"
        assert session.scalar(select(func.count()).where(Execution.standing != "counted")) == 0
        meter = session.get_one(Meter, SERIAL)
        assert (meter.credit_wh, meter.breaker_state) == (1500, "detached (0)")
    assert tablet.get("/work-orders").json["orders"] == [], "nothing is offered that was done"
    restored.engine.dispose()


@pytest.fixture
def silent(database: Database, tablet: Tablet, back_up: Backup) -> "Silent":
    with database.begin() as session:
        session.execute(update(WorkOrder).values(state="cancelled"))
    return Silent(database, tablet, back_up)


class Silent:
    """A backup is put back of which SMM is told nothing, and numbers of orders are given out again."""

    def __init__(self, database: Database, tablet: Tablet, back_up: Backup) -> None:
        self.database, self.tablet, self.back_up = database, tablet, back_up

    def again(self, first: dict[str, Any], second: dict[str, Any]) -> tuple[int, int, str | None, Database]:
        """An order that is lost, its claim's fence and token; and another of the same number."""
        copy = self.back_up()
        number = ordered(self.database, **first)
        fence = self.tablet.post(f"/work-orders/{number}/claim").json["fence"]
        with self.database.read() as session:
            token_id = session.get_one(WorkOrder, number).token_id
        restored = Database(copy)
        self.tablet.client = create_app(copy).test_client()
        assert ordered(restored, **second) == number
        return number, fence, token_id, restored


@pytest.mark.parametrize(
    "second",
    [
        {"activity": Activity.READING, "serial": METERS[1].serial},
        {"activity": Activity.CREDIT_READ},
        {"activity": Activity.READING},
    ],
    ids=["another meter", "another activity", "the same, asked for later"],
)
def test_a_number_that_was_given_out_again(silent: Silent, second: dict[str, Any]) -> None:
    done_at = utc_now() - timedelta(hours=1)
    number, fence, _, restored = silent.again({"activity": Activity.READING}, second)
    done = silent.tablet.signed(reading(), done_at, work_order=number, fence=fence)
    assert silent.tablet.states(done) == ["accepted"]
    with restored.read() as session:
        assert session.get_one(WorkOrder, number).state == "available", "it is still to be done"
        order = session.scalars(select(WorkOrder).join(Execution).where(Execution.key == done["key"])).one()
    assert (order.origin, order.state) == ("tablet", "executed")
    assert (order.error_code, order.error_params) == ("order-not-known", {"order": number})
    restored.engine.dispose()


@pytest.mark.parametrize("outcome", ["charged", "undecided"])
def test_a_charge_does_not_settle_another_of_its_number(silent: Silent, outcome: str) -> None:
    first, second = ({"activity": Activity.CREDIT_CHARGE, "amount_wh": amount} for amount in (500, 700))
    number, fence, token_id, restored = silent.again(first, second)
    payload = samples.charged(500, token_id) if outcome == "charged" else samples.undecided()
    at = utc_now() - timedelta(hours=1)
    done = silent.tablet.signed(payload, at, kind="credit-charge", work_order=number, fence=fence)
    assert silent.tablet.states(done) == ["accepted"]
    with restored.read() as session:
        assert session.get_one(WorkOrder, number).state == "available"
        order = session.scalars(select(WorkOrder).join(Execution).where(Execution.key == done["key"])).one()
    assert (order.origin, order.state) == ("tablet", "executed" if outcome == "charged" else "undecided")
    restored.engine.dispose()


def test_a_charge_that_is_available_again_is_settled_and_not_offered(silent: Silent) -> None:
    number = ordered(silent.database, Activity.CREDIT_CHARGE, amount_wh=500)
    copy = silent.back_up()
    fence = silent.tablet.post(f"/work-orders/{number}/claim").json["fence"]
    with silent.database.read() as session:
        token_id = session.get_one(WorkOrder, number).token_id
    tablet = tablet_on(copy, silent.tablet)
    assert [order["id"] for order in tablet.get("/work-orders").json["orders"]] == [number]
    payload = samples.charged(500, token_id)
    done = tablet.signed(payload, utc_now(), kind="credit-charge", work_order=number, fence=fence)
    assert tablet.missing() == [(1, 1)]
    assert tablet.missing(done) == []
    assert tablet.get("/work-orders").json["orders"] == []
    assert tablet.post(f"/work-orders/{number}/claim").status_code == 409
    restored = Database(copy)
    with restored.read() as session:
        order = session.get_one(WorkOrder, number)
        assert (order.state, order.fence, order.lease_device) == ("executed", fence, tablet.id)
        assert session.scalar(select(func.count()).where(AuditEntry.action == "claim-not-known")) == 1
    restored.engine.dispose()


def test_an_operator_sees_work_for_an_order_that_is_not_known(client: FlaskClient, tablet: Tablet) -> None:
    assert tablet.states(tablet.signed(reading(), utc_now(), work_order=987654, fence=1)) == ["accepted"]
    log_in(client, "ripa")
    client.get("/language/en")
    assert "Order 987654 is not known here." in client.get("/work-orders").text
    assert "Order 987654 is not known here." in client.get("/reports/mobile-work-orders").text
