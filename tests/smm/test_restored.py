"""A backup is restored: tablets offer again what they sent, and everything is there once."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, make_url, select, update
from werkzeug.serving import make_server

from agent.domain.sample import METERS, USERS
from agent.drivers.system_clock import SystemClock
from agent.smm.app import create_app
from agent.smm.database import Database, utc_now
from agent.smm.models import Execution, WorkOrder
from agent.smm.restoring import mark_restored
from agent.store import Store, outbox
from agent.sync import SmmClient, Sync
from tests.smm import samples
from tests.smm.api.test_orders_api import System
from tests.smm.conftest import SERIAL, Tablet, reading
from tests.store.samples import settle_new_job
from tests.sync.servers import running

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
