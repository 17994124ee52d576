"""Work orders over the API: requested by other systems, claimed by tablets."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from agent.domain.credit_token import read_token, verified
from agent.domain.sample import METERS
from agent.smm.database import Database, utc_now
from agent.smm.models import Meter, WorkOrder
from agent.smm.people.access import new_key, revoke_key
from tests.smm.conftest import SERIAL, Tablet, everything_in

OTHER = METERS[1].serial


class System:
    """Another system with a key of its own."""

    def __init__(self, client: FlaskClient, database: Database, tag: str = "Chile") -> None:
        self.client = client
        with database.begin() as session:
            self.key = new_key(session, f"crm-{tag}", tag, utc_now())

    def ask(self, key: str | None = None, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", **({"Idempotency-Key": key} if key else {})}
        order = {"serials": [SERIAL], **body}
        return self.client.post("/api/v1/work-orders", json=order, headers=headers)

    def cancel(self, number: int) -> Any:
        headers = {"Authorization": f"Bearer {self.key}"}
        return self.client.post(f"/api/v1/work-orders/{number}/cancel", headers=headers)


@pytest.fixture
def crm(client: FlaskClient, database: Database) -> System:
    with database.begin() as session:  # the sample's own orders would block new charges
        session.execute(update(WorkOrder).values(state="cancelled"))
    return System(client, database)


def second_tablet(client: FlaskClient) -> Tablet:
    made = Tablet(client)
    made.log_in("david.salgado")
    return made


def count_orders(database: Database) -> int:
    with database.begin() as session:
        return session.scalar(select(func.count()).select_from(WorkOrder)) or 0


def test_the_sample_has_something_to_download(tablet: Tablet) -> None:
    page = tablet.get("/work-orders?state=available").json
    kinds = {order["activity"] for order in page["orders"]}
    assert kinds == {"credit-read", "credit-charge", "prepay-config", "change", "load-profile"}
    summaries = {order["activity"]: order["summary"] for order in page["orders"]}
    assert summaries["credit-charge"] == "credito 123456 Wh"
    assert summaries["prepay-config"] == "Prepago residencial"
    assert summaries["change"] == "Chile_THR_Tariff, Contract_10000"
    assert page["more"] is False
    assert tablet.get(f"/work-orders?after={page['cursor']}").json["orders"] == []


@pytest.mark.parametrize(
    ("search", "found"),
    [("rosso0003", 3), ("129682", 1), ("credit", 2), ("puente alto", 1), ("nothing like it", 0), ("%", 0), ("'", 0)],
)
def test_search(tablet: Tablet, search: str, found: int) -> None:
    assert len(tablet.get("/work-orders", search=search).json["orders"]) == found


def test_a_claim_carries_what_is_to_be_done(tablet: Tablet, crm: System) -> None:
    (number,) = crm.ask(activity="credit-charge", amount_wh=123456).json["ids"]
    claim = tablet.post(f"/work-orders/{number}/claim").json
    assert (claim["fence"], claim["order"]["state"]) == (1, "claimed")
    token = bytes.fromhex(claim["parameters"]["token"])
    assert verified(token, METERS[0].vending_key) == read_token(token)
    content = read_token(token)
    assert (content.serial, content.amount_wh, content.order) == (SERIAL, 123456, str(number))
    assert tablet.post(f"/work-orders/{number}/claim").json == claim
    assert tablet.get("/work-orders/claimed").json == {"claims": [claim]}


def test_one_tablet_has_it(tablet: Tablet, crm: System, client: FlaskClient) -> None:
    other = second_tablet(client)
    (number,) = crm.ask(activity="reading").json["ids"]
    assert tablet.post(f"/work-orders/{number}/claim").status_code == 200
    for call in ("claim", "release"):
        refused = other.post(f"/work-orders/{number}/{call}")
        assert (refused.status_code, refused.json["code"]) == (409, "order-taken")
    assert tablet.post(f"/work-orders/{number}/release").json["state"] == "available"
    assert other.post(f"/work-orders/{number}/claim").json["fence"] == 2
    assert tablet.get("/work-orders/claimed").json == {"claims": []}


def test_an_order_of_another_area_does_not_exist(tablet: Tablet, database: Database, client: FlaskClient) -> None:
    with database.begin() as session:
        session.execute(update(Meter).where(Meter.serial == SERIAL).values(tag="Italia"))
    italian = System(client, database, "Italia")
    (number,) = italian.ask(activity="reading").json["ids"]
    assert tablet.post(f"/work-orders/{number}/claim").status_code == 404
    assert number not in [order["id"] for order in tablet.get("/work-orders").json["orders"]]
    assert System(client, database).cancel(number).status_code == 404


def test_cancelling(tablet: Tablet, crm: System) -> None:
    first, second = crm.ask(activity="reading", serials=[SERIAL, OTHER]).json["ids"]
    assert crm.cancel(first).json["state"] == "cancelled"
    assert crm.cancel(first).status_code == 200
    assert tablet.post(f"/work-orders/{first}/claim").json["code"] == "order-cancelled"
    assert tablet.post(f"/work-orders/{second}/claim").status_code == 200
    asked = crm.cancel(second)
    assert (asked.status_code, asked.json["state"]) == (202, "claimed")
    assert tablet.get("/work-orders/claimed").json == {"claims": []}
    assert tablet.post(f"/work-orders/{second}/claim").json["code"] == "order-cancelled"
    assert tablet.post(f"/work-orders/{second}/release").json["state"] == "cancelled"


@pytest.mark.parametrize("activity", ["disconnect", "reconnect"])
def test_the_reason_goes_with_the_claim(tablet: Tablet, crm: System, activity: str) -> None:
    (number,) = crm.ask(activity=activity, reason="unpaid since July").json["ids"]
    (order,) = [order for order in tablet.get("/work-orders").json["orders"] if order["id"] == number]
    assert order["summary"] == "unpaid since July"
    claim = tablet.post(f"/work-orders/{number}/claim").json
    assert claim["parameters"] == {"kind": "detach", "reason": "unpaid since July"}


@pytest.mark.parametrize("activity", ["reading", "credit-charge"])
def test_a_lease_ends(tablet: Tablet, crm: System, client: FlaskClient, database: Database, activity: str) -> None:
    """Anything but a charge is available again; a charge waits for a person."""
    amount: dict[str, Any] = {"amount_wh": 5} if activity == "credit-charge" else {}
    (number,) = crm.ask(activity=activity, **amount).json["ids"]
    tablet.post(f"/work-orders/{number}/claim")
    with database.begin() as session:
        session.get_one(WorkOrder, number).lease_until = utc_now() - timedelta(seconds=1)
    answer = second_tablet(client).post(f"/work-orders/{number}/claim")
    if activity == "reading":
        assert (answer.status_code, answer.json["fence"]) == (200, 2)
    else:
        assert (answer.status_code, answer.json["code"]) == (409, "order-taken")


@pytest.mark.parametrize(
    "amount", [0, -1, 4294967296, "5", " 5 ", "text", "1e3", 1e3, 5.5, True, None, [], {}, 10**400]
)
def test_amounts_that_are_none(crm: System, database: Database, amount: Any) -> None:
    before = count_orders(database)
    answer = crm.ask(activity="credit-charge", amount_wh=amount)
    assert (answer.status_code, answer.json["code"]) == (422, "bad-amount")
    assert count_orders(database) == before


@pytest.mark.parametrize("amount", [1, 4294967295])
def test_amounts_at_the_ends(crm: System, amount: int) -> None:
    assert crm.ask(activity="credit-charge", amount_wh=amount).status_code == 201


def test_all_meters_or_none(crm: System, database: Database) -> None:
    with database.begin() as session:
        session.execute(update(Meter).where(Meter.serial == OTHER).values(is_prepay_configured=False))
    before = count_orders(database)
    body: dict[str, Any] = {"activity": "credit-charge", "amount_wh": 100}
    answer = crm.ask(**body, serials=[SERIAL, OTHER, "UAAEEDN00000000000", "😀"])
    assert (answer.status_code, answer.json["code"]) == (422, "orders-refused")
    reasons = {serial: reason["code"] for serial, reason in answer.json["meters"].items()}
    assert reasons == {OTHER: "not-in-prepayment", "UAAEEDN00000000000": "meter-not-in-smm", "😀": "bad-serial"}
    assert count_orders(database) == before
    assert len(crm.ask(**body, serials=[SERIAL, SERIAL]).json["ids"]) == 1


def test_one_open_charge_a_meter(crm: System, tablet: Tablet) -> None:
    body: dict[str, Any] = {"activity": "credit-charge", "amount_wh": 100}
    (number,) = crm.ask(**body).json["ids"]
    for _ in range(2):
        assert crm.ask(**body).json["meters"][SERIAL]["code"] == "charge-open"
        tablet.post(f"/work-orders/{number}/claim")
    crm.cancel(number)
    assert crm.ask(**body).json["meters"][SERIAL]["code"] == "charge-open"
    tablet.post(f"/work-orders/{number}/release")
    assert crm.ask(**body).status_code == 201


def test_a_sum_that_the_meter_cannot_hold(crm: System, database: Database) -> None:
    with database.begin() as session:
        session.execute(update(Meter).where(Meter.serial == SERIAL).values(credit_wh=2**31 - 101))
    body: dict[str, Any] = {"activity": "credit-charge"}
    assert crm.ask(**body, amount_wh=101).json["meters"][SERIAL]["code"] == "balance-too-large"
    assert crm.ask(**body, amount_wh=100).status_code == 201


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"activity": "change"}, "nothing-to-change"),
        ({"activity": "change", "tariff": "Contract_10000"}, "other-meter-type"),
        ({"activity": "change", "contract": "Contract_9"}, "other-meter-type"),
        ({"activity": "prepay-config"}, "unknown-profile"),
        ({"activity": "prepay-config", "profile": "'; DROP TABLE meters"}, "unknown-profile"),
        ({"activity": "reading", "amount_wh": 5}, "bad-input"),
        ({"activity": "clock"}, "unknown-activity"),
        ({"activity": "disconnect"}, "reason-missing"),
        ({"activity": "reconnect", "reason": "  "}, "reason-missing"),
        ({"activity": "reading", "reason": "why"}, "bad-input"),
        ({"activity": "nonsense"}, "bad-input"),
        ({"activity": "reading", "serials": []}, "bad-input"),
        ({"activity": "reading", "more": 1}, "bad-input"),
        ({"activity": "reading", "outer_id": "not a guid"}, "bad-input"),
    ],
)
def test_what_makes_no_sense(crm: System, database: Database, body: dict[str, Any], code: str) -> None:
    before = count_orders(database)
    answer = crm.ask(**body)
    reasons = [reason["code"] for reason in answer.json.get("meters", {}).values()]
    assert (answer.status_code, [answer.json["code"], *reasons][-1]) == (422, code)
    assert count_orders(database) == before


def test_a_contract_of_another_meter_type(crm: System, database: Database) -> None:
    with database.begin() as session:
        session.execute(update(Meter).where(Meter.serial == OTHER).values(model="cert1"))
    answer = crm.ask(activity="change", contract="Contract_10000", serials=[SERIAL, OTHER])
    assert {serial: reason["code"] for serial, reason in answer.json["meters"].items()} == {OTHER: "other-meter-type"}


def test_asking_again_makes_no_second_order(crm: System, database: Database) -> None:
    first = crm.ask("key-1", activity="reading")
    before = count_orders(database)
    assert crm.ask("key-1", activity="reading").json == first.json
    outer = "5375ebc8-1a0b-40f7-8d53-be19d40e00d1"
    by_outer_id = crm.ask(activity="reading", outer_id=outer)
    assert crm.ask(activity="reading", outer_id=outer).json == by_outer_id.json
    assert count_orders(database) == before + 1
    other = crm.ask("key-1", activity="credit-read")
    assert (other.status_code, other.json["code"]) == (409, "order-key-used")


def test_only_with_a_key(crm: System, tablet: Tablet, client: FlaskClient, database: Database) -> None:
    for headers in ({}, tablet.headers, {"Authorization": "Bearer wrong"}):
        answer = client.post("/api/v1/work-orders", json={"activity": "reading", "serials": [SERIAL]}, headers=headers)
        assert (answer.status_code, answer.json and answer.json["code"]) == (401, "key-unknown")
    with database.begin() as session:
        revoke_key(session, "crm-Chile")
    assert crm.ask(activity="reading").status_code == 401


def test_without_a_session_nothing(client: FlaskClient) -> None:
    assert client.get("/api/v1/work-orders").status_code == 401
    assert client.get("/api/v1/work-orders/claimed").status_code == 401
    assert client.get("/api/v1/prepay-profiles").status_code == 401
    for call in ("claim", "release", "cancel"):
        assert client.post(f"/api/v1/work-orders/1/{call}").status_code == 401


def test_prepay_profiles(tablet: Tablet) -> None:
    names = [profile["name"] for profile in tablet.get("/prepay-profiles").json["profiles"]]
    assert names == ["Pospago", "Prepago comercial", "Prepago residencial"]


def test_no_token_is_kept_in_the_clear(tablet: Tablet, crm: System, database: Database) -> None:
    (number,) = crm.ask(activity="credit-charge", amount_wh=77).json["ids"]
    token = tablet.post(f"/work-orders/{number}/claim").json["parameters"]["token"]
    content = everything_in(database)
    vending_key = METERS[0].vending_key
    for secret in (token, repr(bytes.fromhex(token)), vending_key.decode(), vending_key.hex(), crm.key):
        assert secret not in content
