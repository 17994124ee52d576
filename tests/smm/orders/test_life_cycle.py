"""The life of work orders, explored: two tablets, an operator and the clock, in any order.

What holds after every step:
- at most one charge is open at a meter, and none is made or claimed while an outcome there is undecided;
- a fencing number is one tablet's, and a newer claim has a larger one;
- the lease of a charge ends for another tablet only by a person;
- everything that was sent is kept, and a charge that a tablet says was made is executed, whatever else came in.
"""

import itertools
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule
from sqlalchemy import func, select, update

from agent.domain.activity import Activity
from agent.domain.errors import InputError, OrderRefused, OrdersRefused
from agent.domain.exchange import Claim, ExecutionBatch
from agent.domain.sample import METERS
from agent.smm.app import create_app
from agent.smm.database import Database, utc_now
from agent.smm.intake import batches
from agent.smm.keys import KeyBox
from agent.smm.models import Execution, UndecidedOutcome, WorkOrder
from agent.smm.orders import claims, decisions, ending
from agent.smm.orders.creating import create
from agent.smm.orders.request import WorkOrderRequest
from agent.smm.people import mobile_sessions
from agent.smm.people.requester import Requester
from agent.smm.sample import init
from tests.smm import samples
from tests.smm.conftest import Tablet, reading

SERIALS = [meter.serial for meter in METERS[:2]]
OPERATOR = Requester("operador1", "Chile")
EXECUTED = {"executed", "executed-after-cancel"}
TABLETS = st.integers(0, 1)


class Prepared:
    """A system with two tablets that are logged in, made once."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        url = f"sqlite:///{self.folder / 'smm.sqlite'}"
        init(url, sample=True)
        client = create_app(url).test_client()
        self.tablets = [Tablet(client), Tablet(client)]
        for tablet, user in zip(self.tablets, ("claudio.silva", "david.salgado"), strict=True):
            tablet.log_in(user)
        database = Database(url)
        with database.begin() as session:
            session.execute(update(WorkOrder).values(state="cancelled"))
        database.engine.dispose()


_prepared: list[Prepared] = []


@dataclass
class Held:
    """A claim as a tablet remembers it, however old."""

    tablet: int
    claim: Claim
    order: int = field(init=False)

    def __post_init__(self) -> None:
        self.order = self.claim.order.id


class LifeCycle(RuleBasedStateMachine):
    orders = Bundle("orders")
    held = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        if not _prepared:
            _prepared.append(Prepared())
        self.tablets = _prepared[0].tablets
        self.folder = Path(tempfile.mkdtemp())
        shutil.copytree(_prepared[0].folder, self.folder, dirs_exist_ok=True)
        url = f"sqlite:///{self.folder / 'smm.sqlite'}"
        self.database, self.keys = Database(url), KeyBox.for_database(url)
        with self.database.begin() as session:
            found = [mobile_sessions.find(session, tablet.token, utc_now()) for tablet in self.tablets]
        self.mobiles = [technician for technician in found if technician is not None]
        assert len(self.mobiles) == len(self.tablets)
        self.now: datetime = utc_now()
        self.fences: dict[tuple[int, int], int] = {}
        self.handed_out: set[int] = set()
        self.made: set[int] = set()
        self.sent = 0

    def teardown(self) -> None:
        self.database.engine.dispose()
        shutil.rmtree(self.folder)

    # ── the operator ──

    @initialize(target=orders)
    def first_orders(self) -> Any:
        requests = [WorkOrderRequest(Activity.CREDIT_CHARGE, (serial,), amount_wh=500) for serial in SERIALS]
        requests.append(WorkOrderRequest(Activity.READING, tuple(SERIALS)))
        with self.database.begin() as session:
            numbers = [create(session, self.keys, request, OPERATOR, self.now) for request in requests]
        return multiple(*itertools.chain(*numbers))

    @rule(target=orders, serial=st.sampled_from(SERIALS), charge=st.booleans())
    def order(self, serial: str, charge: bool) -> Any:
        blocked = charge and (self._undecided(serial) or self._open_charges(serial))
        request = (
            WorkOrderRequest(Activity.CREDIT_CHARGE, (serial,), amount_wh=500)
            if charge
            else WorkOrderRequest(Activity.READING, (serial,))
        )
        try:
            with self.database.begin() as session:
                (number,) = create(session, self.keys, request, OPERATOR, self.now)
        except OrdersRefused:
            assert blocked
            return multiple()
        assert not blocked
        return number

    @rule(number=orders, what=st.sampled_from(["cancel", "confirm", "hand-out", "hand-out", "applied", "not-applied"]))
    def operate(self, number: int, what: str) -> None:
        """An action that the order's state does not allow is refused, and changes nothing."""
        with self.database.begin() as session:
            claims.expire(session, self.now)
            order = claims.get(session, number, "Chile")
            try:
                match what:
                    case "cancel":
                        ending.ask_to_cancel(order, "operador1", self.now)
                    case "confirm":
                        ending.confirm_cancel(order, "operador1", self.now)
                    case "hand-out":
                        lease_over = order.lease_until is None or order.lease_until <= self.now
                        ending.hand_out_again(order, self.now)
                        assert lease_over or order.activity != "credit-charge"
                        self.handed_out.add(number)
                    case _:
                        outcome = decisions.waiting_for(session, number, "Chile")
                        decision = decisions.parse_decision(what)
                        decisions.decide(session, outcome, decision, "seen", "operador1", self.now)
            except InputError:
                return

    # ── the tablets ──

    @rule(target=held, number=orders, tablet=TABLETS)
    def claim(self, number: int, tablet: int) -> Any:
        before = self._get(number)
        blocked = before.activity == "credit-charge" and self._undecided(before.serial)
        try:
            with self.database.begin() as session:
                claim = claims.claim(session, self.keys, self.mobiles[tablet], number, self.now)
        except OrderRefused:
            return multiple()
        is_again = before.state == "claimed" and before.lease_device == self.tablets[tablet].id
        if before.lease_until is not None and before.lease_until <= self.now and before.activity != "credit-charge":
            is_again = False
        if is_again:
            assert (claim.fence, claim.lease_until) == (before.fence, before.lease_until)
        else:
            assert not blocked
            assert claim.fence == before.fence + 1
            assert before.activity != "credit-charge" or before.fence == 0 or number in self.handed_out
            assert before.cancel_requested_at is None
        assert self.fences.setdefault((number, claim.fence), tablet) == tablet
        self.handed_out.discard(number)
        return Held(tablet, claim)

    @rule(one=held)
    def release(self, one: Held) -> None:
        before = self._get(one.order)
        try:
            with self.database.begin() as session:
                claims.release(session, self.mobiles[one.tablet], one.order, self.now)
        except OrderRefused:
            assert before.lease_device != self.tablets[one.tablet].id
            return
        if before.state == "claimed" and before.lease_device == self.tablets[one.tablet].id:
            self.handed_out.add(one.order)

    @rule(one=held, outcome=st.sampled_from(["done", "failed", "not-done", "undecided"]))
    def send(self, one: Held, outcome: str) -> None:
        before = self._get(one.order)
        self._take(one, self._payload(one, outcome))
        after = self._get(one.order)
        is_current = one.claim.fence == before.fence
        if before.state in ("executed", "executed-after-cancel"):
            assert after.state == before.state
        elif before.activity == "credit-charge" and outcome == "done":
            self.made.add(one.order)
        elif is_current and before.state in ("claimed", "available"):
            assert (
                after.state
                in {
                    "done": EXECUTED,
                    "failed": {"failed"},
                    "not-done": {"failed"},
                    "undecided": {"undecided"},
                }[outcome]
            )
        elif not is_current and not (before.activity == "credit-charge" and outcome == "undecided"):
            assert after.state == before.state

    @rule(tablet=TABLETS)
    def ask_for_claims(self, tablet: int) -> None:
        with self.database.begin() as session:
            mine = claims.claimed(session, self.keys, self.mobiles[tablet], self.now).claims
        for claim in mine:
            assert self.fences[claim.order.id, claim.fence] == tablet
            assert self._get(claim.order.id).cancel_requested_at is None

    @rule(hours=st.sampled_from([1, 13]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    # ── what always holds ──

    @invariant()
    def one_open_charge_a_meter(self) -> None:
        for serial in SERIALS:
            assert self._count(WorkOrder, *_charges(serial), WorkOrder.state.in_(("available", "claimed"))) <= 1

    @invariant()
    def nothing_is_lost(self) -> None:
        assert self._count(Execution) == self.sent

    @invariant()
    def what_was_made_is_executed(self) -> None:
        for number in self.made:
            assert self._get(number).state in EXECUTED

    # ── looking ──

    def _payload(self, one: Held, outcome: str) -> dict[str, Any]:
        serial = one.claim.order.serial
        if outcome == "done" and one.claim.order.activity is Activity.READING:
            return reading(serial)
        return {
            "done": samples.charged(500, self._get(one.order).token_id, serial),
            "failed": samples.failed(serial=serial),
            "not-done": samples.not_done(serial=serial),
            "undecided": samples.undecided(one.claim.order.activity, serial),
        }[outcome]

    def _take(self, one: Held, payload: dict[str, Any]) -> None:
        envelope = self.tablets[one.tablet].signed(
            payload,
            self.now,
            kind=one.claim.order.activity,
            work_order=one.order,
            fence=one.claim.fence,
            sequence=self.sent + 1,
        )
        batch = ExecutionBatch(envelopes=[envelope])
        taken = batches.take_batch(self.database, self.keys, self.mobiles[one.tablet], batch, lambda: self.now)
        (receipt,) = taken.receipts
        assert receipt.state == "accepted", receipt.reason
        self.sent += 1

    def _get(self, number: int) -> WorkOrder:
        with self.database.begin() as session:
            return session.get_one(WorkOrder, number)

    def _count(self, table: type[Any], *conditions: Any) -> int:
        with self.database.begin() as session:
            return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0

    def _undecided(self, serial: str) -> bool:
        return bool(
            self._count(UndecidedOutcome, UndecidedOutcome.serial == serial, UndecidedOutcome.decision.is_(None))
        )

    def _open_charges(self, serial: str) -> int:
        return self._count(WorkOrder, *_charges(serial), WorkOrder.state.in_(("available", "claimed", "undecided")))


def _charges(serial: str) -> tuple[Any, ...]:
    return (WorkOrder.serial == serial, WorkOrder.activity == "credit-charge")


TestLifeCycle = pytest.mark.slow(LifeCycle.TestCase)
TestLifeCycle.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
