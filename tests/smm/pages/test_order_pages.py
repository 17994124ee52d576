"""The pages on which work is ordered, cancelled and decided."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from agent.domain.sample import METERS
from agent.smm.database import Database
from agent.smm.models import Meter, PrepayProfileRow, UndecidedOutcome, WorkOrder
from tests.smm import samples
from tests.smm.conftest import SERIAL, Tablet, reading
from tests.smm.pages.test_pages import form_token, log_in

OTHER = METERS[1].serial
COMMISSIONED, METER_LIST, ORDERS, PROFILES = "/commissioned-meters", "/meters", "/work-orders", "/profiles"


@pytest.fixture
def operator(client: FlaskClient, database: Database) -> FlaskClient:
    with database.begin() as session:
        session.execute(update(WorkOrder).values(state="cancelled"))
    assert log_in(client, "ripa") == 302
    client.get("/language/en")
    return client


def ask(client: FlaskClient, activity: str, *serials: str, path: str = COMMISSIONED, **fields: str) -> Any:
    form = {"csrf": form_token(client, path), "activity": activity, "serial": list(serials) or [SERIAL], **fields}
    return client.post(path, data=form)


def orders(database: Database, *conditions: Any) -> list[WorkOrder]:
    with database.begin() as session:
        query = select(WorkOrder).where(WorkOrder.state != "cancelled", *conditions).order_by(WorkOrder.id)
        return list(session.scalars(query))


def press(client: FlaskClient, number: int, do: str, **fields: str) -> Any:
    path = f"{ORDERS}?order={number}"
    return client.post(path, data={"csrf": form_token(client, path), "do": do, **fields})


@pytest.mark.parametrize("path", [COMMISSIONED, ORDERS, PROFILES, METER_LIST])
def test_nobody_sees_or_does_anything_without_login(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Location"] == "/login"
    assert client.post(path, data={"activity": "reading"}).headers["Location"] == "/login"


@pytest.mark.parametrize("path", [COMMISSIONED, METER_LIST, ORDERS, PROFILES])
def test_a_form_without_token_does_nothing(operator: FlaskClient, path: str) -> None:
    assert operator.post(path, data={"activity": "reading", "serial": SERIAL}).status_code == 400


@pytest.mark.parametrize(
    ("activity", "fields", "path", "words"),
    [
        ("credit-read", {}, COMMISSIONED, "Credit read workorder sent for mobile"),
        ("credit-charge", {"amount": "4294967295"}, COMMISSIONED, "Credit charge workorder sent for mobile"),
        ("change", {"contract": "Contract_10000"}, COMMISSIONED, "Contract change workorder sent for mobile"),
        ("reading", {}, COMMISSIONED, "Reading workorder sent for mobile"),
        ("disconnect", {"reason": "unpaid"}, COMMISSIONED, "Detachment workorder sent for mobile"),
        ("reconnect", {"reason": "paid"}, COMMISSIONED, "Reconnection workorder sent for mobile"),
        ("load-profile", {}, COMMISSIONED, "Load profile workorder sent for mobile"),
        ("prepay-config", {"profile": "Pospago"}, METER_LIST, "Prepay configuration sent to mobile"),
    ],
)
def test_orders_are_made_for_the_chosen_meters(
    operator: FlaskClient, database: Database, activity: str, fields: dict[str, str], path: str, words: str
) -> None:
    panel = operator.get(f"{path}?serial={SERIAL}&serial={OTHER}&activity={activity}").text
    assert panel.count('form="choose" name="serial"') == 3 and panel.count(" checked>") >= 2
    assert "Total items: 3 (Showing items: 3) (Selected items: 2)" in panel
    assert ask(operator, activity, SERIAL, OTHER, path=path, **fields).status_code == 302
    assert words in operator.get(path).text
    made = orders(database)
    assert [(order.serial, order.activity, order.created_by) for order in made] == [
        (SERIAL, activity, "ripa"),
        (OTHER, activity, "ripa"),
    ]
    assert "Selected items: 0" in operator.get(path).text


@pytest.mark.parametrize("activity", ["disconnect", "reconnect"])
def test_the_supply_is_switched_for_a_reason_only(operator: FlaskClient, database: Database, activity: str) -> None:
    for reason in ("", "   "):
        answer = ask(operator, activity, reason=reason)
        assert answer.status_code == 400 and "reason" in answer.text
    assert orders(database) == []


@pytest.mark.parametrize(
    "amount", ["0", "-1", "4294967296", "text", "1e3", " 5 ", "", "5.0", "1 000", "٣", "0x10", "9" * 99]
)
def test_amounts_that_are_none_are_said(operator: FlaskClient, database: Database, amount: str) -> None:
    answer = ask(operator, "credit-charge", amount=amount)
    assert answer.status_code == 400
    assert "is not valid" in answer.text and "1 to 4294967295" in answer.text
    assert orders(database) == []


def test_all_or_none_with_the_reason_of_each(operator: FlaskClient, database: Database) -> None:
    with database.begin() as session:
        session.execute(update(Meter).where(Meter.serial == OTHER).values(is_prepay_configured=False))
    answer = ask(operator, "credit-charge", SERIAL, OTHER, amount="500")
    assert answer.status_code == 400
    assert f"Meter {OTHER} is not in prepayment mode." in answer.text
    assert 'value="500"' in answer.text
    assert orders(database) == []


def test_pressing_twice_makes_one_order(operator: FlaskClient, database: Database) -> None:
    for _ in range(2):
        assert ask(operator, "reading", once="the-same-form").status_code == 302
    assert len(orders(database)) == 1


def test_what_this_page_does_not_offer(operator: FlaskClient, database: Database) -> None:
    assert ask(operator, "prepay-config", profile="Pospago").status_code == 400
    assert ask(operator, "clock").status_code == 400
    assert ask(operator, "reading", outer_id="no guid").status_code == 400
    assert ask(operator, "change").status_code == 400
    assert orders(database) == []


def test_meters_of_another_area_do_not_exist(operator: FlaskClient, database: Database) -> None:
    assert ask(operator, "reading").status_code == 302
    with database.begin() as session:
        session.execute(update(Meter).where(Meter.serial == SERIAL).values(tag="Italia"))
    (number,) = [order.id for order in orders(database)]
    assert "SMM does not know meter" in ask(operator, "reading").text
    for path in (COMMISSIONED, ORDERS):
        assert SERIAL[-6:] not in operator.get(path).text
    assert operator.get(f"{ORDERS}?order={number}").status_code == 404
    assert press_anyway(operator, number, "cancel") in (400, 404)
    assert [order.state for order in orders(database)] == ["available"]


def test_cancel_confirm_and_hand_out(operator: FlaskClient, database: Database, tablet: Tablet) -> None:
    for serial in (SERIAL, OTHER):
        ask(operator, "reading", serial)
    first, second = (order.id for order in orders(database))
    press(operator, first, "cancel")
    assert [order.id for order in orders(database)] == [second]
    tablet.post(f"/work-orders/{second}/claim")
    assert press(operator, second, "again").status_code == 302
    assert tablet.post(f"/work-orders/{second}/claim").json["fence"] == 2
    press(operator, second, "cancel")
    assert "ripa asked to cancel it" in operator.get(ORDERS).text
    assert [order.state for order in orders(database)] == ["claimed"]
    press(operator, second, "confirm")
    assert orders(database) == []
    for action in ("confirm", "again", "cancel", "nonsense"):
        assert press_anyway(operator, second, action) in (302, 400)
    assert "Cancelled by user ripa" in operator.get("/reports/mobile-work-orders").text


def press_anyway(client: FlaskClient, number: int, do: str) -> int:
    """Sends a form that was opened before."""
    form = {"csrf": form_token(client, COMMISSIONED), "do": do}
    return client.post(f"{ORDERS}?order={number}", data=form).status_code


def test_an_undecided_outcome_is_settled(operator: FlaskClient, database: Database, tablet: Tablet) -> None:
    ask(operator, "credit-charge", amount="2000")
    (number,) = [order.id for order in orders(database)]
    fence = tablet.post(f"/work-orders/{number}/claim").json["fence"]
    at = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    head = {"kind": "credit-charge", "work_order": number, "fence": fence}
    assert tablet.states(tablet.signed(samples.undecided(), at, **head)) == ["accepted"]
    page = operator.get(f"{ORDERS}?order={number}").text
    assert "outcome unknown" in page and "11204" in page and "takes no new charge" in page
    assert not re.search(r'name="decision"[^>]* checked', page)
    for fields in ({"decision": "applied"}, {"note": "x"}, {"decision": "maybe", "note": "x"}):
        assert press(operator, number, "settle", **fields).status_code == 400
    assert "no new charge" in operator.get(f"{ORDERS}?order={number}").text
    assert press(operator, number, "settle", decision="applied", note="seen on the display").status_code == 302
    with database.begin() as session:
        outcome = session.scalars(select(UndecidedOutcome)).one()
    assert (outcome.decision, outcome.decided_by, outcome.note) == ("applied", "ripa", "seen on the display")
    assert [order.state for order in orders(database)] == ["executed"]
    assert "seen on the display" in operator.get(f"{ORDERS}?order={number}").text
    assert press_anyway(operator, number, "settle") == 400


def test_states_have_tabs_with_counts(operator: FlaskClient) -> None:
    ask(operator, "reading", SERIAL, OTHER)
    page = operator.get(f"{ORDERS}?state=available").text
    assert "available <b>2</b>" in page and "cancelled <b>5</b>" in page
    assert "Total items: 2 " in page


@pytest.mark.parametrize("query", ["order=x", "order=999999", "order=-1", "order=" + "9" * 40])
def test_an_order_that_is_none(operator: FlaskClient, query: str) -> None:
    assert operator.get(f"{ORDERS}?{query}").status_code == 404


@pytest.mark.parametrize(
    "query", ["activity=nonsense", "activity=reading&serial=%F0%9F%98%80", "sort=-WO+pending", "state=x"]
)
def test_any_query_is_answered(operator: FlaskClient, query: str) -> None:
    for path in (COMMISSIONED, ORDERS):
        assert operator.get(f"{path}?{query}").status_code in (200, 400)


def new_profile(client: FlaskClient, **changes: str) -> int:
    numbers = {"credit_preset_wh": "1", "warning_threshold_wh": "2", "limit_wh": "-3", "emergency_credit_wh": "4"}
    form = {"name": "Nuevo", "mode": "prepayment", **numbers, "unit_charge": "5", **changes}
    return client.post(f"{PROFILES}?new=1", data={"csrf": form_token(client, PROFILES), **form}).status_code


def count_profiles(database: Database) -> int:
    with database.begin() as session:
        return session.scalar(select(func.count()).select_from(PrepayProfileRow)) or 0


def test_an_administrator_adds_profiles(client: FlaskClient, database: Database) -> None:
    assert log_in(client) == 302
    assert new_profile(client) == 302
    assert "Nuevo" in client.get(PROFILES).text
    bad = (
        {"name": "Nuevo"},
        {"name": ""},
        {"mode": "free"},
        {"limit_wh": "1e3"},
        {"unit_charge": "-1"},
        {"unit_charge": ""},
    )
    for changes in bad:
        assert new_profile(client, **{"name": "Otro", **changes}) == 400
    assert count_profiles(database) == 4


def test_an_operator_adds_no_profile(operator: FlaskClient, database: Database) -> None:
    assert new_profile(operator) == 403
    assert count_profiles(database) == 3


@pytest.mark.parametrize(
    ("language", "words"), [("en", "clock is not set"), ("es", "no está en hora"), ("it", "non è")]
)
def test_the_panel_says_what_was_odd_about_the_meter(
    operator: FlaskClient, database: Database, tablet: Tablet, language: str, words: str
) -> None:
    assert tablet.states(tablet.envelope_of({**reading(), "warnings": ["clock-not-set"]})) == ["accepted"]
    (order,) = orders(database)
    operator.get(f"/language/{language}")
    page = operator.get(f"{ORDERS}?order={order.id}").text
    assert words in page.partition('<p class="note note--warn">')[2]
