"""What comes in for work orders: whose outcome counts, and what it says about the meter."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from agent.domain.activity import Activity
from agent.domain.errors import InputError
from agent.smm.database import Database, utc_now
from agent.smm.keys import KeyBox
from agent.smm.models import Execution, Meter, UndecidedOutcome, WorkOrder
from agent.smm.orders.creating import create
from agent.smm.orders.decisions import decide, waiting_for
from agent.smm.orders.ending import ask_to_cancel, confirm_cancel, hand_out_again
from agent.smm.orders.request import WorkOrderRequest
from agent.smm.people.requester import Requester
from tests.smm import samples
from tests.smm.conftest import SERIAL, Tablet

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ENDED = AT - timedelta(seconds=1)
"""By the drift that the envelopes of the tests tell."""
REQUESTER = Requester("operador1", "Chile")


class Operator:
    """The operator, who creates orders and sees what became of them."""

    def __init__(self, database: Database, url: str) -> None:
        self.database = database
        self.keys = KeyBox.for_database(url)
        with database.begin() as session:
            session.execute(update(WorkOrder).values(state="cancelled"))

    def order(self, activity: Activity, **parameters: Any) -> int:
        with self.database.begin() as session:
            return create(
                session, self.keys, WorkOrderRequest(activity, (SERIAL,), **parameters), REQUESTER, utc_now()
            )[0]

    def get(self, number: int) -> WorkOrder:
        with self.database.begin() as session:
            return session.get_one(WorkOrder, number)

    def state(self, number: int) -> str:
        return self.get(number).state

    def standings(self, number: int) -> list[str]:
        with self.database.begin() as session:
            query = select(Execution).where(Execution.work_order_id == number).order_by(Execution.received_at)
            return [execution.standing for execution in session.scalars(query)]

    def meter(self) -> Meter:
        with self.database.begin() as session:
            return session.get_one(Meter, SERIAL)


@pytest.fixture
def operator(database: Database, url: str) -> Operator:
    return Operator(database, url)


@pytest.fixture
def other(client: FlaskClient) -> Tablet:
    made = Tablet(client)
    made.log_in("david.salgado")
    return made


def claim(tablet: Tablet, number: int) -> int:
    answer = tablet.post(f"/work-orders/{number}/claim")
    assert answer.status_code == 200, answer.text
    fence: int = answer.json["fence"]
    return fence


def send(tablet: Tablet, payload: dict[str, Any], kind: str, order: int | None = None, **head: Any) -> str:
    envelope = tablet.signed(payload, head.pop("at", AT), kind=kind, work_order=order, **head)
    (receipt,) = tablet.send(envelope).json["receipts"]
    return str(receipt["reason"] or receipt["state"])


@pytest.mark.parametrize("name", samples.EVERY_KIND)
def test_every_kind_made_on_the_tablet(tablet: Tablet, operator: Operator, name: str) -> None:
    kind, payload = samples.EVERY_KIND[name]
    assert send(tablet, payload, kind) == "accepted"
    with operator.database.begin() as session:
        order = session.scalars(select(WorkOrder).where(WorkOrder.origin == "tablet")).one()
        kept = session.scalars(select(Execution)).one()
    wanted = {"failure": "failed", "not-done": "failed", "undecided": "undecided"}.get(name, "executed")
    assert (order.state, order.activity, order.created_by) == (wanted, kind, "claudio.silva")
    assert kept.payload["kind"] == payload["kind"]
    assert (order.ended_at is None) == (name == "undecided")


def test_a_payload_of_another_activity_is_not_taken(tablet: Tablet) -> None:
    assert send(tablet, samples.charged(1, None), "reading") == "credit-charge is no outcome of reading"


def test_what_an_outcome_says_about_the_meter(tablet: Tablet, other: Tablet, operator: Operator) -> None:
    for minute, name in enumerate(("credit-read", "change", "disconnect", "prepay-config")):
        kind, payload = samples.EVERY_KIND[name]
        assert send(tablet, payload, kind, at=AT + timedelta(minutes=minute)) == "accepted"
    meter = operator.meter()
    assert (meter.credit_wh, meter.is_prepay_configured, meter.breaker_state) == (5000, True, "detached (0)")
    assert (meter.contract_profile, meter.tariff_profile) == ("Contract_10000", "Chile_THR_Tariff")
    kind, payload = samples.EVERY_KIND["reconnect"]
    assert send(other, payload, kind, at=AT - timedelta(days=1)) == "accepted"
    assert operator.meter().breaker_state == "detached (0)"
    ended = {**samples.EVERY_KIND["prepay-config"][1], "is_prepay": False}
    assert send(tablet, ended, "prepay-config", at=AT + timedelta(hours=1)) == "accepted"
    assert operator.meter().is_prepay_configured is False


def test_an_order_is_executed(tablet: Tablet, operator: Operator) -> None:
    number = operator.order(Activity.CREDIT_CHARGE, amount_wh=500)
    fence = claim(tablet, number)
    token = operator.get(number).token_id
    assert send(tablet, samples.charged(500, token), "credit-charge", number, fence=fence) == "accepted"
    order = operator.get(number)
    assert (order.state, order.executed_by, order.ended_at, order.error_code) == (
        "executed",
        "claudio.silva",
        ENDED,
        None,
    )
    assert order.downloaded_at is not None
    assert operator.meter().credit_wh == 1500
    assert operator.order(Activity.CREDIT_CHARGE, amount_wh=1)


@pytest.mark.parametrize(
    ("payload", "code"), [(samples.failed(), "change-refused"), (samples.not_done(), "not-done-no-access")]
)
def test_an_order_fails_with_its_reason(tablet: Tablet, operator: Operator, payload: dict[str, Any], code: str) -> None:
    number = operator.order(Activity.CHANGE, contract="Contract_6000")
    assert send(tablet, payload, "change", number, fence=claim(tablet, number)) == "accepted"
    order = operator.get(number)
    assert (order.state, order.error_code, order.ended_at) == ("failed", code, ENDED)
    if payload["kind"] == "not-done":
        assert order.error_params == {"note": "perro suelto"}


def test_work_for_an_order_of_another_meter_or_activity_or_none_is_kept(tablet: Tablet, operator: Operator) -> None:
    """A backup was put back: numbers are unknown here, or were given out again."""
    other_activity = operator.order(Activity.CREDIT_READ)
    for number in (9999, other_activity):
        assert send(tablet, samples.EVERY_KIND["reading"][1], "reading", number, fence=1) == "accepted"
    assert operator.state(other_activity) == "available"
    with operator.database.begin() as session:
        orders = list(session.scalars(select(WorkOrder).where(WorkOrder.origin == "tablet")))
    assert [(order.state, order.error_code) for order in orders] == [("executed", "order-not-known")] * 2
    assert [order.error_params for order in orders] == [{"order": 9999}, {"order": other_activity}]


def test_all_parts_or_not_yet(tablet: Tablet, operator: Operator) -> None:
    number = operator.order(Activity.LOAD_PROFILE)
    fence = claim(tablet, number)
    for part in (3, 1, 1, 2):
        assert operator.state(number) == "claimed"
        head: dict[str, Any] = {"fence": fence, "job": "job-a", "part": part, "parts": 3}
        assert send(tablet, samples.profile_part(part), "load-profile", number, **head) == "accepted"
    assert operator.state(number) == "executed"
    assert operator.standings(number) == ["counted"] * 4


def test_parts_of_the_tablets_own_work_are_one_order(tablet: Tablet, other: Tablet, operator: Operator) -> None:
    for sender in (tablet, other):
        for part in (2, 1):
            assert (
                send(sender, samples.profile_part(part), "load-profile", job="same", part=part, parts=2) == "accepted"
            )
    with operator.database.begin() as session:
        orders = list(session.scalars(select(WorkOrder).where(WorkOrder.origin == "tablet")))
    assert [order.state for order in orders] == ["executed"] * 2


def test_after_cancel(tablet: Tablet, operator: Operator) -> None:
    number = operator.order(Activity.CHANGE, contract="Contract_6000")
    fence = claim(tablet, number)
    with operator.database.begin() as session:
        order = session.get_one(WorkOrder, number)
        ask_to_cancel(order, "operador2", utc_now())
        confirm_cancel(order, "operador2", utc_now())
    kind, payload = samples.EVERY_KIND["change"]
    assert send(tablet, payload, kind, number, fence=fence) == "accepted"
    order = operator.get(number)
    assert (order.state, order.error_params) == ("executed-after-cancel", {"user": "operador2"})


def test_a_request_to_cancel_that_came_too_late(tablet: Tablet, operator: Operator) -> None:
    number = operator.order(Activity.CREDIT_READ)
    fence = claim(tablet, number)
    with operator.database.begin() as session:
        ask_to_cancel(session.get_one(WorkOrder, number), "operador2", utc_now())
    kind, payload = samples.EVERY_KIND["credit-read"]
    send(tablet, payload, kind, number, fence=fence)
    assert operator.state(number) == "executed-after-cancel"


def test_an_outcome_of_a_lease_that_is_over_counts_while_nobody_else_has_it(tablet: Tablet, operator: Operator) -> None:
    number = operator.order(Activity.CREDIT_READ)
    fence = claim(tablet, number)
    tablet.post(f"/work-orders/{number}/release")
    kind, payload = samples.EVERY_KIND["credit-read"]
    send(tablet, payload, kind, number, fence=fence)
    assert (operator.state(number), operator.standings(number)) == ("executed", ["counted"])


def test_a_stale_outcome_is_kept(tablet: Tablet, other: Tablet, operator: Operator) -> None:
    number = operator.order(Activity.CREDIT_READ)
    old = claim(tablet, number)
    tablet.post(f"/work-orders/{number}/release")
    new = claim(other, number)
    kind, payload = samples.EVERY_KIND["credit-read"]
    assert send(tablet, payload, kind, number, fence=old) == "accepted"
    assert send(tablet, payload, kind, number, fence=new) == "accepted"
    assert (operator.state(number), operator.standings(number)) == ("claimed", ["stale", "stale"])
    send(other, payload, kind, number, fence=new)
    send(other, payload, kind, number, fence=new)
    assert (operator.state(number), operator.standings(number)) == ("executed", ["stale", "stale", "counted", "late"])


def hand_out(operator: Operator, number: int) -> None:
    with operator.database.begin() as session:
        order = session.get_one(WorkOrder, number)
        assert order.lease_until is not None
        with pytest.raises(InputError, match="lease-runs"):
            hand_out_again(order, order.lease_until - timedelta(seconds=1))
        hand_out_again(order, order.lease_until)


def test_a_charge_that_was_made_counts_whoever_had_it(tablet: Tablet, other: Tablet, operator: Operator) -> None:
    """A change that was applied never ends as failed."""
    number = operator.order(Activity.CREDIT_CHARGE, amount_wh=500)
    old, token = claim(tablet, number), operator.get(number).token_id
    hand_out(operator, number)
    new = claim(other, number)
    send(other, samples.failed(), "credit-charge", number, fence=new)
    assert operator.state(number) == "failed"
    send(tablet, samples.charged(500, token), "credit-charge", number, fence=old)
    assert (operator.state(number), operator.get(number).error_code) == ("executed", None)
    send(other, samples.failed(), "credit-charge", number, fence=new)
    assert (operator.state(number), operator.standings(number)) == ("executed", ["counted", "counted", "late"])


def test_an_undecided_charge_blocks_the_meter_until_a_person_decides(
    tablet: Tablet, other: Tablet, operator: Operator
) -> None:
    number = operator.order(Activity.CREDIT_CHARGE, amount_wh=500)
    send(tablet, samples.undecided(), "credit-charge", number, fence=claim(tablet, number))
    assert (operator.state(number), operator.get(number).ended_at) == ("undecided", None)
    with pytest.raises(InputError) as refused:
        operator.order(Activity.CREDIT_CHARGE, amount_wh=1)
    assert refused.value.reasons[SERIAL].code == "outcome-undecided"  # type: ignore[attr-defined]
    assert other.post(f"/work-orders/{number}/claim").json["code"] == "order-taken"
    with operator.database.begin() as session:
        outcome = waiting_for(session, number, "Chile")
        with pytest.raises(InputError) as silent:
            decide(session, outcome, "applied", "  ", "operador1", utc_now())
        assert silent.value.code == "note-missing"
        decide(session, outcome, "not-applied", "seen on the display", "operador1", utc_now())
    order = operator.get(number)
    assert (order.state, order.error_code, order.error_params) == (
        "failed",
        "order-settled-not-applied",
        {"user": "operador1"},
    )
    assert operator.order(Activity.CREDIT_CHARGE, amount_wh=1)


def test_an_available_charge_cannot_be_claimed_while_another_outcome_is_undecided(
    tablet: Tablet, operator: Operator
) -> None:
    number = operator.order(Activity.CREDIT_CHARGE, amount_wh=500)
    assert send(tablet, samples.undecided("reconnect"), "reconnect") == "accepted"
    assert tablet.post(f"/work-orders/{number}/claim").json["code"] == "outcome-undecided"


@pytest.mark.parametrize("with_token", [True, False])
def test_the_token_that_the_meter_lists_decides(tablet: Tablet, operator: Operator, with_token: bool) -> None:
    number = operator.order(Activity.CREDIT_CHARGE, amount_wh=500)
    fence = claim(tablet, number)
    send(tablet, samples.undecided(), "credit-charge", number, fence=fence)
    token = operator.get(number).token_id if with_token else None
    send(tablet, samples.charged(500, token), "credit-charge", number, fence=fence)
    with operator.database.begin() as session:
        decision = session.scalars(select(UndecidedOutcome)).one().decision
    assert (operator.state(number), decision) == (("executed", "applied") if with_token else ("undecided", None))


def test_a_tablet_asks_what_was_decided(tablet: Tablet, other: Tablet, operator: Operator) -> None:
    for job in ("job-a", "job-b"):
        assert send(tablet, samples.undecided("reconnect"), "reconnect", job=job) == "accepted"
    with operator.database.begin() as session:
        for outcome in session.scalars(select(UndecidedOutcome)):
            if session.get_one(Execution, outcome.execution_key).job == "job-b":
                decide(session, outcome, "applied", "seen", "operador1", utc_now())
    path = "/decisions?job=job-a&job=job-b&job=job-c"
    assert tablet.get(path).json == {"decisions": [{"job": "job-b", "applied": True}]}
    assert other.get(path).json == {"decisions": []}
    assert tablet.get("/decisions").status_code == 422
