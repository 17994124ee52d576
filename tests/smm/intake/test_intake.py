"""Each envelope once; a bad one never blocks the rest; nothing causes a 500."""

import threading
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from agent.smm.app import create_app
from agent.smm.database import Database
from agent.smm.models import Execution, Reading, WorkOrder
from tests.smm.conftest import ENERGIES, SERIAL, Tablet


def count(database: Database, table: type[Any], *conditions: Any) -> int:
    with database.begin() as session:
        return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def test_a_reading_is_taken_once(tablet: Tablet, database: Database) -> None:
    envelope = tablet.envelope()
    assert tablet.states(envelope) == ["accepted"]
    assert tablet.states(envelope, envelope) == ["duplicate", "duplicate"]
    assert (
        count(database, Execution)
        == count(database, Reading)
        == count(database, WorkOrder, WorkOrder.origin == "tablet")
        == 1
    )
    with database.begin() as session:
        taken = session.scalars(select(Reading)).one()
        assert {name: getattr(taken, name) for name in ENERGIES} == ENERGIES
        assert taken.total == 1352143


def test_any_part_of_a_batch_may_come_again(tablet: Tablet, database: Database) -> None:
    batch = [tablet.envelope(minutes=number) for number in range(5)]
    assert tablet.states(*batch[:3]) == ["accepted"] * 3
    assert tablet.states(*batch) == ["duplicate"] * 3 + ["accepted"] * 2
    assert count(database, Reading) == 5


def test_same_key_other_content(tablet: Tablet, database: Database) -> None:
    first = tablet.envelope()
    assert tablet.states(first, tablet.envelope(key=first["key"])) == ["accepted", "conflict"]
    assert count(database, Reading) == 1


def test_a_bad_one_does_not_block_the_rest(tablet: Tablet, database: Database) -> None:
    wrong_hash = {**tablet.envelope(), "sha256": "0" * 64}
    forged = {**tablet.envelope(), "executed_by": "somebody.else"}
    changed = tablet.envelope()
    changed["payload"]["total"]["value"] = "1"
    other_tablet = tablet.envelope(device="T-0000000000000000")
    unknown_meter = tablet.envelope(serial="UAAEEDN00000000000")
    in_kilowatt_hours = tablet.envelope()
    in_kilowatt_hours["payload"]["total"]["unit"] = "kWh"
    bad = [wrong_hash, forged, changed, other_tablet, unknown_meter, in_kilowatt_hours, {}, {"key": 5}]
    receipts = tablet.send(*bad, tablet.envelope()).json["receipts"]
    assert [receipt["state"] for receipt in receipts] == ["rejected"] * len(bad) + ["accepted"]
    assert all(receipt["reason"] for receipt in receipts[:-1])
    assert count(database, Execution) == 1


def test_a_unit_that_is_no_energy_changes_nothing(tablet: Tablet, database: Database) -> None:
    from datetime import UTC, datetime

    from tests.smm.conftest import reading

    payload = reading()
    payload["total"]["unit"] = "varh"
    assert tablet.states(tablet.signed(payload, datetime(2026, 11, 20, tzinfo=UTC))) == ["rejected"]
    assert count(database, WorkOrder, WorkOrder.origin == "tablet") == count(database, Execution) == 0


def test_a_failure_becomes_a_failed_order(tablet: Tablet, database: Database) -> None:
    assert tablet.states(tablet.failure("association-refused", diagnostic="authentication-failure")) == ["accepted"]
    with database.begin() as session:
        order = session.scalars(select(WorkOrder).where(WorkOrder.origin == "tablet")).one()
        assert (order.state, order.error_code) == ("failed", "association-refused")
    assert count(database, Reading) == 0


def test_two_at_once(tablet: Tablet, url: str, database: Database) -> None:
    envelope = tablet.envelope()
    answers: list[Any] = []

    def send() -> None:
        client = create_app(url).test_client()
        answers.append(client.post("/api/v1/executions", json={"envelopes": [envelope]}, headers=tablet.headers))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 4, [answer.text for answer in answers]
    states = sorted(answer.json["receipts"][0]["state"] for answer in answers)
    assert states == ["accepted", "duplicate", "duplicate", "duplicate"]
    assert count(database, Reading) == 1


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"{}", b'{"envelopes": [1]}', b"\xff"])
def test_what_is_no_batch(tablet: Tablet, body: bytes) -> None:
    headers = {**tablet.headers, "Content-Type": "application/json"}
    answer = tablet.client.post("/api/v1/executions", data=body, headers=headers)
    assert answer.status_code in (400, 415, 422)
    assert answer.content_type == "application/problem+json"


def test_an_empty_batch_is_answered(tablet: Tablet) -> None:
    answer = tablet.send()
    assert answer.status_code == 200
    assert (answer.json["receipts"], answer.json["missing"]) == ([], [])


def test_too_much_at_once(tablet: Tablet) -> None:
    assert tablet.send(*[{} for _ in range(101)]).status_code == 422
    huge = tablet.client.post("/api/v1/executions", data=b" " * (5 << 20), headers=tablet.headers)
    assert huge.status_code in (413, 422)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


@given(st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_gets_a_receipt(tablet: Tablet, data: st.DataObject) -> None:
    envelope = tablet.envelope()
    for _ in range(data.draw(st.integers(1, 3))):
        place: dict[str, Any] = data.draw(st.sampled_from([envelope, envelope["payload"]]))
        if isinstance(place, dict) and place:
            place[data.draw(st.sampled_from(sorted(place)))] = data.draw(json_values)
        if not isinstance(envelope["payload"], dict):
            break
    answer = tablet.send(envelope, data.draw(st.dictionaries(st.text(max_size=5), json_values, max_size=3)))
    assert answer.status_code == 200, answer.text
    assert len(answer.json["receipts"]) == 2


def test_health_and_document(client: FlaskClient) -> None:
    assert client.get("/healthz").json == client.get("/readyz").json == {"ok": True}
    document = client.get("/openapi.json").json
    assert document is not None
    assert document["openapi"].startswith("3.1")
    wanted = {"/api/v1/devices", "/api/v1/sessions", "/api/v1/meters", "/api/v1/executions", "/healthz", "/readyz"}
    assert wanted <= set(document["paths"])
    assert SERIAL not in str(document)
