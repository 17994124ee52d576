"""Claims: an order is one tablet's for a while, under a fencing number that grows with each claim."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from agent.domain.activity import Activity
from agent.domain.errors import OrderRefused
from agent.domain.exchange import Claim, ClaimedOrders, OrderState, WorkOrderPage
from agent.smm.keys import KeyBox
from agent.smm.models import Meter, MobileSession, WorkOrder
from agent.smm.orders.charges import is_undecided
from agent.smm.orders.ending import cancel
from agent.smm.orders.messages import claim_message, message

LEASE = timedelta(hours=12)
PAGE_SIZE = 100


def available(session: Session, mobile: MobileSession, search: str, after: int, now: datetime) -> WorkOrderPage:
    """The next page of what this technician may claim, oldest first."""
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
    if mobile.user.tag:
        query = query.where(Meter.tag == mobile.user.tag)
    if search:
        query = query.where(_matches(search))
    found = list(session.scalars(query.order_by(WorkOrder.id).limit(PAGE_SIZE + 1)))
    shown = found[:PAGE_SIZE]
    return WorkOrderPage(
        orders=[message(order) for order in shown],
        cursor=str(shown[-1].id if shown else after),
        more=len(found) > PAGE_SIZE,
    )


def claim(session: Session, keys: KeyBox, mobile: MobileSession, number: int, now: datetime) -> Claim:
    """The order, for this tablet; claiming again gives the same claim.

    Raises:
        OrderRefused: `order-unknown`, `order-cancelled`, `order-taken`; `outcome-undecided`, a charge at a meter
            where a person has to decide first.
    """
    expire(session, now)
    order = get(session, number, mobile.user.tag)
    if order.cancel_requested_at is not None or order.state == OrderState.CANCELLED:
        raise OrderRefused(code="order-cancelled", order=number)
    if order.state == OrderState.CLAIMED and order.lease_device == mobile.device_id:
        return claim_message(order, keys)
    if order.state != OrderState.AVAILABLE or order.channel != "mobile":
        raise OrderRefused(code="order-taken", order=number)
    if order.activity == Activity.CREDIT_CHARGE and is_undecided(session, order.serial):
        raise OrderRefused(code="outcome-undecided", serial=order.serial)
    order.state = OrderState.CLAIMED.value
    order.fence += 1
    order.lease_device, order.lease_until = mobile.device_id, now + LEASE
    order.claimed_by = mobile.user.username
    order.downloaded_at = order.downloaded_at or now
    return claim_message(order, keys)


def release(session: Session, mobile: MobileSession, number: int, now: datetime) -> WorkOrder:
    """Given back without having been done; cancelled, if somebody asked for it meanwhile.

    Raises:
        OrderRefused: `order-unknown`; `order-taken`, another tablet has it.
    """
    expire(session, now)
    order = get(session, number, mobile.user.tag)
    if order.state == OrderState.CLAIMED:
        if order.lease_device != mobile.device_id:
            raise OrderRefused(code="order-taken", order=number)
        give_back(order, now)
    return order


def claimed(session: Session, keys: KeyBox, mobile: MobileSession, now: datetime) -> ClaimedOrders:
    """What this tablet may still do. An order that somebody wants cancelled is not among it."""
    expire(session, now)
    query = select(WorkOrder).where(
        WorkOrder.state == OrderState.CLAIMED,
        WorkOrder.origin == "smm",
        WorkOrder.lease_device == mobile.device_id,
        WorkOrder.cancel_requested_at.is_(None),
    )
    orders = session.scalars(query.order_by(WorkOrder.id))
    return ClaimedOrders(claims=[claim_message(order, keys) for order in orders])


def expire(session: Session, now: datetime) -> None:
    """Gives back what was claimed for too long. Not a charge: the tablet may have sent it, so a person decides."""
    query = select(WorkOrder).where(
        WorkOrder.state == OrderState.CLAIMED,
        WorkOrder.lease_until <= now,
        WorkOrder.activity != Activity.CREDIT_CHARGE,
    )
    for order in session.scalars(query.with_for_update(of=WorkOrder)):
        give_back(order, now)
    session.flush()


def give_back(order: WorkOrder, now: datetime) -> None:
    if order.cancel_requested_by is not None:
        cancel(order, order.cancel_requested_by, now)
        return
    order.state = OrderState.AVAILABLE.value
    order.lease_until = order.claimed_by = None


def get(session: Session, number: int, tag: str, serial: str | None = None) -> WorkOrder:
    """The order, locked until the transaction ends; who knows its meter says so, and only that one is asked.

    Raises:
        OrderRefused: `order-unknown`.
    """
    query = select(WorkOrder).join(WorkOrder.meter).where(WorkOrder.id == number, WorkOrder.origin == "smm")
    if tag:
        query = query.where(Meter.tag == tag)
    if serial is not None:
        query = query.where(WorkOrder.serial == serial)
    order = session.scalar(query.with_for_update(of=WorkOrder))
    if order is None:
        raise OrderRefused(code="order-unknown", order=number)
    return order


def _matches(search: str) -> ColumnElement[bool]:
    labels = [activity.value for activity in Activity if search.lower() in activity.label.lower()]
    texts = (WorkOrder.serial, Meter.pod, Meter.address, Meter.customer)
    found = [text.icontains(search, autoescape=True) for text in texts]
    number = [WorkOrder.id == int(search)] if search.isascii() and search.isdigit() and len(search) < 16 else []
    return or_(*found, *number, WorkOrder.activity.in_(labels))
