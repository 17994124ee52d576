"""The feed of events: each once, in order, and none skipped, in whatever order transactions end."""

import threading
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text, update

from agent.smm.app import create_app
from agent.smm.database import EPOCH, Database, put_setting, utc_now
from agent.smm.intake import feed
from agent.smm.intake.feed import FeedPosition
from agent.smm.models import Event, Meter
from agent.smm.people.access import new_key
from tests.smm.conftest import ENERGIES, SERIAL, Tablet, reading


class Billing:
    def __init__(self, client: FlaskClient, database: Database, tag: str = "") -> None:
        with database.begin() as session:
            self._key = new_key(session, f"billing {tag}", tag, utc_now())
        self._client = client
        self.cursor: str | None = None

    def read(self) -> list[dict[str, Any]]:
        answer = self._client.get(
            "/api/v1/events",
            query_string={"after": self.cursor} if self.cursor else None,
            headers={"Authorization": f"Bearer {self._key}"},
        )
        assert answer.status_code == 200, answer.text
        assert answer.json is not None
        self.cursor = answer.json["cursor"]
        events: list[dict[str, Any]] = answer.json["events"]
        return events


@pytest.fixture
def billing(client: FlaskClient, database: Database) -> Billing:
    return Billing(client, database)


def test_a_reading_and_its_order_are_told_once(tablet: Tablet, billing: Billing) -> None:
    assert billing.read() == []
    envelope = tablet.envelope()
    assert tablet.states(envelope, envelope) == ["accepted", "duplicate"]
    reading, order = billing.read()
    assert (reading["kind"], reading["serial"], reading["pod"]) == ("reading", SERIAL, "ROSSO0003")
    assert {name: reading["reading"][name] for name in ENERGIES} == ENERGIES
    assert (order["order"]["activity"], order["order"]["state"]) == ("reading", "executed")
    assert billing.read() == []
    assert tablet.states(tablet.failure("association-refused", diagnostic="x")) == ["accepted"]
    (failed,) = billing.read()
    assert (failed["order"]["state"], failed["order"]["error"]) == ("failed", "association-refused")


def test_the_warnings_of_a_reading_are_told(tablet: Tablet, billing: Billing) -> None:
    assert tablet.states(tablet.envelope_of({**reading(), "warnings": ["total-is-sum"]})) == ["accepted"]
    assert billing.read()[0]["reading"]["warnings"] == ["total-is-sum"]


def test_a_tag_limits_what_is_told(tablet: Tablet, client: FlaskClient, database: Database) -> None:
    assert tablet.states(tablet.envelope()) == ["accepted"]
    assert len(Billing(client, database, "Chile").read()) == 2
    assert Billing(client, database, "Italia").read() == []


def test_what_is_read_page_by_page_is_everything(tablet: Tablet, billing: Billing, monkeypatch: Any) -> None:
    monkeypatch.setattr(feed, "PAGE_SIZE", 3)
    monkeypatch.setattr("agent.smm.api.events.PAGE_SIZE", 3)
    assert set(tablet.states(*(tablet.envelope(minutes=n) for n in range(5)))) == {"accepted"}
    ids: list[int] = []
    while page := billing.read():
        ids += [event["id"] for event in page]
    assert len(ids) == len(set(ids)) == 10
    assert ids == sorted(ids)


def test_a_transaction_that_ends_late_is_not_passed_by(database: Database, billing: Billing, tablet: Tablet) -> None:
    """On PostgreSQL an earlier row may become visible later: the reader waits for it."""
    if database.engine.dialect.name != "postgresql":
        pytest.skip("one writer at a time")
    slow = database.engine.connect()
    transaction = slow.begin()
    slow.execute(
        text(
            "INSERT INTO events (epoch, kind, serial, work_order_id, at)"
            " SELECT 1, 'order', serial, id, now() FROM work_orders LIMIT 1"
        )
    )
    assert tablet.states(tablet.envelope()) == ["accepted"]
    assert billing.read() == [], "what came later waits for what was begun before"
    transaction.commit()
    slow.close()
    assert [event["kind"] for event in billing.read()] == ["order", "reading", "order"]


def test_readers_beside_writers_see_each_event_once(url: str, database: Database, tablet: Tablet) -> None:
    app = create_app(url)
    batches = [[tablet.envelope(minutes=5 * n + m) for m in range(4)] for n in range(6)]
    reader, seen, done = Billing(app.test_client(), database), list[int](), threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.extend(event["id"] for event in reader.read())

    def send(batch: list[Any]) -> None:
        body = {"envelopes": batch}
        assert app.test_client().post("/api/v1/executions", json=body, headers=tablet.headers).status_code == 200

    reading = threading.Thread(target=read)
    writers = [threading.Thread(target=send, args=(batch,)) for batch in batches]
    for thread in (reading, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reading.join()
    seen.extend(event["id"] for event in reader.read())
    assert len(seen) == len(set(seen)) == 48


def test_after_a_restored_backup_nothing_new_is_before_the_cursor(
    database: Database, billing: Billing, tablet: Tablet
) -> None:
    """After a restore to another cluster, which numbers its transactions from the beginning again."""
    assert tablet.states(tablet.envelope()) == ["accepted"]
    with database.begin() as session:
        session.execute(update(Event).values(transaction_number=2**40))
        put_setting(session, EPOCH, "2")
    assert len(billing.read()) == 2
    assert FeedPosition.parse(billing.cursor or "").transaction_number == 2**40
    assert tablet.states(tablet.envelope(minutes=1)) == ["accepted"]
    assert len(billing.read()) == 2


def test_only_other_systems_read_it(client: FlaskClient, tablet: Tablet) -> None:
    assert client.get("/api/v1/events").status_code == 401
    assert tablet.get("/events").status_code == 401


@pytest.mark.parametrize("cursor", ["x", "1", "1-2", "1-2-3-4", "-1-2-3", "1-2-9999999999999999999"])
def test_no_cursor_of_ours(billing: Billing, cursor: str) -> None:
    billing.cursor = cursor
    with pytest.raises(AssertionError, match="422"):
        billing.read()


def test_a_meter_without_pod(database: Database, billing: Billing, tablet: Tablet) -> None:
    with database.begin() as session:
        session.execute(update(Meter).values(pod=None))
    assert tablet.states(tablet.envelope()) == ["accepted"]
    assert billing.read()[0]["pod"] is None
