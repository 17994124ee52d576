"""Many calls at once to a real service on PostgreSQL: one row, one accepted, one claim."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from agent.smm.app import create_app
from agent.smm.database import Database, utc_now
from agent.smm.models import Execution, IdempotencyKey, Meter, Reading, SystemSetting, WorkOrder
from agent.smm.people.access import new_key
from tests.smm import fleet
from tests.smm.conftest import SERIAL
from tests.smm.serving import call, served

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("url", ["postgresql", "sqlite"], indirect=True)]
MANY = 50


@pytest.fixture
def port(url: str, database: Database) -> Iterator[int]:
    with database.begin() as session:
        session.execute(update(WorkOrder).values(state="cancelled"))
    with served(url, workers=2 if url.startswith("postgresql") else None) as taken:
        yield taken


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """The result of each thread; all start together."""
    answers: list[Any] = [None] * count
    ready = threading.Barrier(count)

    def run(number: int) -> None:
        ready.wait()
        answers[number] = act(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def count(database: Database, table: type[Any]) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_fifty_identical_posts(port: int, database: Database) -> None:
    (tablet,) = fleet.enrol(database, 1, utc_now())
    body = tablet.readings([SERIAL])
    answers = at_once(MANY, lambda _n: call(port, "POST", "/api/v1/executions", body, tablet.headers))
    assert Counter(status for status, _ in answers) == {200: MANY}
    states = Counter(answer["receipts"][0]["state"] for _, answer in answers)
    assert states == {"accepted": 1, "duplicate": MANY - 1}
    assert count(database, Execution) == count(database, Reading) == 1
    with database.read() as session:
        assert session.scalar(select(func.count()).where(WorkOrder.origin == "tablet")) == 1


def test_twice_in_one_batch(port: int, database: Database) -> None:
    (tablet,) = fleet.enrol(database, 1, utc_now())
    envelope = tablet.envelope(fleet.fleet_reading(SERIAL))
    body = json.dumps({"envelopes": [envelope] * 5}).encode()
    _, answer = call(port, "POST", "/api/v1/executions", body, tablet.headers)
    assert [receipt["state"] for receipt in answer["receipts"]] == ["accepted", *["duplicate"] * 4]


def test_many_tablets_want_the_same_orders(port: int, database: Database) -> None:
    tablets = fleet.enrol(database, 20, utc_now())
    numbers = ordered(port, database, 10)

    def take(number: int) -> list[int]:
        headers = tablets[number].headers
        in_turn = [numbers[(number + shift) % len(numbers)] for shift in range(len(numbers))]
        return [
            order
            for order in in_turn
            if call(port, "POST", f"/api/v1/work-orders/{order}/claim", b"", headers)[0] == 200
        ]

    taken = [order for orders in at_once(len(tablets), take) for order in orders]
    assert sorted(taken) == sorted(numbers), "each once"
    with database.read() as session:
        found = session.scalars(select(WorkOrder).where(WorkOrder.id.in_(numbers)))
        assert {(order.state, order.fence) for order in found} == {("claimed", 1)}


def test_a_claim_whose_answer_was_lost_is_the_same_again(port: int, database: Database) -> None:
    (tablet,) = fleet.enrol(database, 1, utc_now())
    (number,) = ordered(port, database, 1)
    claims = at_once(8, lambda _n: call(port, "POST", f"/api/v1/work-orders/{number}/claim", b"", tablet.headers))
    assert {status for status, _ in claims} == {200}
    assert len({json.dumps(claim, sort_keys=True) for _, claim in claims}) == 1


def test_the_same_wish_from_many_sides_is_one_order(port: int, database: Database) -> None:
    headers = with_key(database)
    body = json.dumps({"activity": "credit-charge", "serials": [SERIAL], "amount_wh": 100}).encode()
    answers = at_once(
        20, lambda _n: call(port, "POST", "/api/v1/work-orders", body, {**headers, "Idempotency-Key": "k"})
    )
    assert {status for status, _ in answers} == {201}
    assert len({tuple(answer["ids"]) for _, answer in answers}) == 1
    assert count(database, IdempotencyKey) > 0
    others = at_once(
        5, lambda n: call(port, "POST", "/api/v1/work-orders", body, {**headers, "Idempotency-Key": f"{n}"})
    )
    assert {status for status, _ in others} == {422}, "one open charge a meter"


def test_late_and_early_are_the_same_in_the_end(port: int, database: Database) -> None:
    """Readings of one meter from many tablets in any order: the latest one stays."""
    tablets = fleet.enrol(database, 10, utc_now())
    for number, tablet in enumerate(tablets):
        tablet.sequence = (number * 7) % 10  # the second of its reading
    at_once(10, lambda n: call(port, "POST", "/api/v1/executions", tablets[n].readings([SERIAL]), tablets[n].headers))
    with database.read() as session:
        meter = session.get_one(Meter, SERIAL)
        newest = session.scalar(select(func.max(Reading.read_at)))
        assert meter.last_executed_at == meter.last_reading.read_at == newest
        assert session.scalar(select(func.count()).select_from(Reading)) == 10


def ordered(port: int, database: Database, wanted: int) -> list[int]:
    """The numbers of new orders to read the fleet's meters."""
    serials = fleet.add_meters(database, wanted)
    body = json.dumps({"activity": "reading", "serials": serials}).encode()
    status, answer = call(port, "POST", "/api/v1/work-orders", body, with_key(database))
    assert status == 201, answer
    return list(answer["ids"])


def with_key(database: Database) -> dict[str, str]:
    with database.begin() as session:
        key = new_key(session, "crm", "", utc_now())
    return {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}


def test_workers_that_start_at_once_sign_with_one_key(url: str, database: Database) -> None:
    with database.begin() as session:
        session.execute(delete(SystemSetting).where(SystemSetting.name == "cookie_key"))

    def start(_number: int) -> str:
        return str(create_app(url).secret_key)

    assert len(set(at_once(8, start))) == 1
