"""Claims: one tablet has an order for a while, under a fencing number that grows with each claim."""

from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, or_, select
from sqlalchemy.orm import Session, contains_eager

from agent.domain.activity import Activity
from agent.domain.errors import OrderRefused
from agent.domain.exchange import Claim, ClaimedOrders, OrderState, WorkOrderPage
from agent.smm.keys import KeyBox
from agent.smm.models import Meter, WorkOrder
from agent.smm.orders.changing import put
from agent.smm.orders.charges import is_undecided
from agent.smm.orders.ending import cancel
from agent.smm.orders.messages import claim_message, message
from agent.smm.people.mobile_sessions import Technician

LEASE = timedelta(hours=12)
PAGE_SIZE = 100


def available(session: Session, technician: Technician, search: str, after: int, now: datetime) -> WorkOrderPage:
    """The next page of what this technician may claim, oldest first; `search` is part of a text or an order number."""
    expire(session, now)
    query = (
        select(WorkOrder)
        .join(WorkOrder.meter)
        .where(
            WorkOrder.state == OrderState.AVAILABLE,
            WorkOrder.channel == "mobile",
            WorkOrder.id > after,
            Meter.deleted.is_(False),
        )
    )
    if technician.tag:
        query = query.where(Meter.tag == technician.tag)
    if search:
        query = query.where(_matches(search))
    found = list(session.scalars(query.order_by(WorkOrder.id).limit(PAGE_SIZE + 1)))
    shown = found[:PAGE_SIZE]
    return WorkOrderPage(
        orders=[message(order) for order in shown],
        cursor=str(shown[-1].id if shown else after),
        more=len(found) > PAGE_SIZE,
    )


def claim(session: Session, keys: KeyBox, technician: Technician, number: int, now: datetime) -> Claim:
    """Claims an order for this tablet; claiming again returns the same claim.

    Raises:
        OrderRefused: `order-unknown`, `order-cancelled`, `order-taken`; `outcome-undecided`, a charge at a meter
            where a person has to decide an earlier one first.
    """
    order = get_current(session, number, technician.tag, now)
    if order.cancel_requested_at is not None or order.state == OrderState.CANCELLED:
        raise OrderRefused(code="order-cancelled", order=number)
    if order.state == OrderState.CLAIMED and order.lease_device == technician.device_id:
        return claim_message(order, keys)
    if order.state != OrderState.AVAILABLE or order.channel != "mobile":
        raise OrderRefused(code="order-taken", order=number)
    if order.activity == Activity.CREDIT_CHARGE and is_undecided(session, order.serial):
        raise OrderRefused(code="outcome-undecided", serial=order.serial)
    session.flush()  # get_current may have given it back
    put(
        session,
        order,
        state=OrderState.CLAIMED.value,
        fence=order.fence + 1,
        lease_device=technician.device_id,
        lease_until=now + LEASE,
        claimed_by=technician.username,
        downloaded_at=order.downloaded_at or now,
    )
    return claim_message(order, keys)


def release(session: Session, technician: Technician, number: int, now: datetime) -> WorkOrder:
    """Gives an order back that was not done; it is cancelled if somebody has asked for that meanwhile.

    Raises:
        OrderRefused: `order-unknown`; `order-taken`, another tablet has it.
    """
    order = get_current(session, number, technician.tag, now)
    if order.state == OrderState.CLAIMED:
        if order.lease_device != technician.device_id:
            raise OrderRefused(code="order-taken", order=number)
        give_back(order, now)
    return order


def claimed(session: Session, keys: KeyBox, technician: Technician, now: datetime) -> ClaimedOrders:
    """The tablet's claims, without orders that somebody has asked to cancel."""
    expire(session, now)
    query = select(WorkOrder).where(
        WorkOrder.state == OrderState.CLAIMED,
        WorkOrder.origin == "smm",
        WorkOrder.lease_device == technician.device_id,
        WorkOrder.cancel_requested_at.is_(None),
    )
    orders = session.scalars(query.order_by(WorkOrder.id))
    return ClaimedOrders(claims=[claim_message(order, keys) for order in orders])


def expire(session: Session, now: datetime) -> None:
    """Takes back orders whose lease is over. Not charges: the tablet may have sent one, so a person decides."""
    query = select(WorkOrder).where(
        WorkOrder.state == OrderState.CLAIMED,
        WorkOrder.lease_until <= now,
        WorkOrder.activity != Activity.CREDIT_CHARGE,
    )
    for order in session.scalars(query.with_for_update(of=WorkOrder, skip_locked=True)):
        give_back(order, now)
    session.flush()


def get_current(session: Session, number: int, tag: str, now: datetime) -> WorkOrder:
    """The order as `get` returns it, taken back first if its lease is over."""
    order = get(session, number, tag)
    if order.state == OrderState.CLAIMED and order.activity != Activity.CREDIT_CHARGE and _is_over(order, now):
        give_back(order, now)
    return order


def _is_over(order: WorkOrder, now: datetime) -> bool:
    return order.lease_until is not None and order.lease_until <= now


def give_back(order: WorkOrder, now: datetime) -> None:
    """Makes a claimed order available again, or cancels it if somebody has asked for that."""
    if order.cancel_requested_by is not None:
        cancel(order, order.cancel_requested_by, now)
        return
    order.state = OrderState.AVAILABLE.value
    order.lease_until = order.claimed_by = None


def get(session: Session, number: int, tag: str, serial: str | None = None) -> WorkOrder:
    """The order, locked until the transaction ends. With its meter's `serial` only one database server is searched.

    Raises:
        OrderRefused: `order-unknown`.
    """
    given = {"number": number, "tag": tag, "at": serial}
    order = session.scalar(_locked(of_tag=bool(tag), at_meter=serial is not None), given)
    if order is None:
        raise OrderRefused(code="order-unknown", order=number)
    return order


@cache
def _locked(*, of_tag: bool, at_meter: bool) -> Select[WorkOrder]:
    """Built once: building a statement takes longer than sending it."""
    query = select(WorkOrder).join(WorkOrder.meter).options(contains_eager(WorkOrder.meter))
    query = query.where(WorkOrder.id == bindparam("number"), WorkOrder.origin == "smm")
    if of_tag:
        query = query.where(Meter.tag == bindparam("tag"))
    if at_meter:
        query = query.where(WorkOrder.serial == bindparam("at"))
    return query.with_for_update(of=WorkOrder)


def _matches(search: str) -> ColumnElement[bool]:
    labels = [activity.value for activity in Activity if search.lower() in activity.label.lower()]
    texts = (WorkOrder.serial, Meter.pod, Meter.address, Meter.customer)
    found = [text.icontains(search, autoescape=True) for text in texts]
    number = [WorkOrder.id == int(search)] if search.isascii() and search.isdigit() and len(search) < 16 else []
    return or_(*found, *number, WorkOrder.activity.in_(labels))
