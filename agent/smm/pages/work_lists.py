"""The lists where work starts: commissioned meters, and work orders in every state."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import g
from sqlalchemy import case, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from agent.domain.activity import Activity
from agent.domain.exchange import OrderState
from agent.domain.words import plain_code
from agent.smm.models import EnrolledTablet, Execution, Meter, UndecidedOutcome, WorkOrder
from agent.smm.orders.messages import summary
from agent.smm.orders.outcomes import NOT_KNOWN
from agent.smm.pages import visitor
from agent.smm.pages.render import COUNTED, count_up_to
from agent.smm.pages.report import Column, Filter, Report, address, local
from agent.smm.pages.reports import of_meter, scoped

MARKS: Mapping[str, str] = {
    OrderState.AWAITING_APPROVAL: "m-lock",
    OrderState.AVAILABLE: "m-todo",
    OrderState.CLAIMED: "m-now",
    OrderState.EXECUTED: "m-done",
    OrderState.FAILED: "m-bad",
    OrderState.CANCELLED: "m-cancel",
    OrderState.EXECUTED_AFTER_CANCEL: "m-late",
    OrderState.UNDECIDED: "m-unknown",
}
STATES = (
    OrderState.UNDECIDED,
    OrderState.EXECUTED_AFTER_CANCEL,
    OrderState.AWAITING_APPROVAL,
    OrderState.AVAILABLE,
    OrderState.CLAIMED,
    OrderState.EXECUTED,
    OrderState.FAILED,
    OrderState.CANCELLED,
)
_PERSON_FIRST = (OrderState.UNDECIDED, OrderState.EXECUTED_AFTER_CANCEL, OrderState.AWAITING_APPROVAL)
_OPEN = (OrderState.AWAITING_APPROVAL, OrderState.AVAILABLE, OrderState.CLAIMED, OrderState.UNDECIDED)
_BREAKER_MARKS = {"connected (100)": "i-closed", "detached (0)": "i-open"}


def commissioned() -> Report:
    """Meters in service, with contract and tariff and whether an order is pending."""
    waits = exists().where(WorkOrder.serial == Meter.serial, WorkOrder.origin == "smm", WorkOrder.state.in_(_OPEN))
    pending = case((waits, "true"), else_="false")
    columns = [
        of_meter("POD name", Meter.pod),
        of_meter("serial number", Meter.serial, "serial"),
        of_meter("state", Meter.state, secondary=True),
        of_meter("contract state", Meter.contract_state, secondary=True),
        of_meter("concentrator", Meter.concentrator, secondary=True),
        Column("breaker state", Meter.breaker_state, lambda row: row.Meter.breaker_state, mark=_breaker_mark),
        of_meter("contract profile", Meter.contract_profile, secondary=True),
        of_meter("tariff profile", Meter.tariff_profile, secondary=True),
        Column("WO pending", pending, lambda row: row.pending, mark=lambda row: _pending_mark(row.pending)),
    ]
    states = [(state, state) for state in (*_BREAKER_MARKS,)]
    truth = [("true", "true"), ("false", "false")]
    query = select(Meter, pending.label("pending"))
    return Report(
        title=visitor.t("commissioned"),
        path="/commissioned-meters",
        query=scoped(query.where(Meter.deleted.is_(False), Meter.state == "Commissioned")),
        columns=columns,
        groups=[[column.name] for column in columns],
        filters=[
            Filter("POD name", Meter.pod),
            Filter("serial number", Meter.serial),
            Filter("concentrator", Meter.concentrator),
            Filter("breaker state", Meter.breaker_state, states),
            Filter("WO pending", pending, truth),
        ],
        default_sort="POD name",
        tie=(Meter.serial,),
        has_times=False,
        is_report=False,
        caption=visitor.t("of_tag", tag=g.me.tag) if g.me.tag else "",
        key=lambda row: row.Meter.serial,
    )


def work_orders(now: datetime) -> Report:
    """SMM's orders; and work created on a tablet if a person has, or had, to decide its outcome, or if it was for an
    order that is not known here."""
    return Report(
        title=visitor.t("work_orders"),
        path="/work-orders",
        query=_orders(),
        columns=_order_columns(now),
        groups=[
            ["idwo"],
            ["activity type", "parameters"],
            ["POD name", "serial number"],
            ["state", "why"],
            ["claimed by tablet", "user execution"],
            ["lease left"],
            ["created", "user creation"],
            ["executed"],
        ],
        filters=[
            Filter("POD name", Meter.pod),
            Filter("serial number", WorkOrder.serial),
            Filter("activity type", WorkOrder.activity, [(one.value, one.label) for one in Activity]),
            Filter("state", WorkOrder.state, [(state.value, _state_name(state)) for state in STATES]),
        ],
        default_sort="-idwo",
        tie=(WorkOrder.id,),
        is_report=False,
        caption=visitor.t("person_first"),
        first=case((WorkOrder.state.in_(_PERSON_FIRST), 1), else_=0),
        key=lambda row: str(row.WorkOrder.id),
    )


def _order_columns(now: datetime) -> list[Column]:
    return [
        Column("idwo", WorkOrder.id, lambda row: row.WorkOrder.id, "number", link=_order_link),
        Column("activity type", WorkOrder.activity, lambda row: Activity(row.WorkOrder.activity).label),
        Column("parameters", WorkOrder.outer_id, lambda row: summary(row.WorkOrder), "detail"),
        Column("POD name", Meter.pod, lambda row: row.WorkOrder.meter.pod),
        Column("serial number", WorkOrder.serial, lambda row: row.WorkOrder.serial, "serial"),
        Column("state", WorkOrder.state, lambda row: state_words(row.WorkOrder), mark=_mark),
        Column("why", WorkOrder.error_code, lambda row: why(row.WorkOrder, row.others, now), "detail"),
        Column("claimed by tablet", EnrolledTablet.name, lambda row: row.tablet, secondary=True),
        Column("user execution", WorkOrder.executed_by, _technician, secondary=True),
        Column("lease left", WorkOrder.lease_until, lambda row: _left(row.WorkOrder, now), "number", secondary=True),
        Column("created", WorkOrder.inserted_at, lambda row: local(row.WorkOrder.inserted_at), secondary=True),
        Column("user creation", WorkOrder.created_by, lambda row: row.WorkOrder.created_by, secondary=True),
        Column("executed", WorkOrder.ended_at, lambda row: local(row.WorkOrder.ended_at), secondary=True),
    ]


def counts(session: Session) -> dict[str, int]:
    """How many work orders are in each state; `COUNTED` + 1 stands for any more."""
    return {state.value: count_up_to(session, _orders().where(WorkOrder.state == state), COUNTED) for state in STATES}


def state_words(order: WorkOrder) -> str:
    """The order's state in the visitor's language."""
    return _state_name(OrderState(order.state))


def why(order: WorkOrder, others: int, now: datetime) -> str:
    """The line below a state: what is to be done about it, or how it came about."""
    if others:
        return visitor.t("other_outcomes", count=others)
    match order.state:
        case OrderState.UNDECIDED:
            return visitor.t("person_decides")
        case OrderState.AWAITING_APPROVAL:
            return visitor.t("second_person")
        case OrderState.CLAIMED if order.cancel_requested_by is not None:
            return visitor.t("cancel_asked", user=order.cancel_requested_by)
        case OrderState.CLAIMED if order.lease_until is not None and order.lease_until <= now:
            return visitor.t("lease_over")
        case OrderState.EXECUTED_AFTER_CANCEL if order.cancel_requested_by is not None:
            return visitor.t("cancel_asked", user=order.cancel_requested_by)
    if order.error_code is None:
        return ""
    return plain_code(order.error_code, order.error_params, visitor.language()).what.strip()


def _orders() -> Any:
    others = (
        select(func.count())
        .select_from(Execution)
        .where(Execution.work_order_id == WorkOrder.id, Execution.standing != literal("counted"))
        .correlate(WorkOrder)
        .scalar_subquery()
    )
    decided = select(UndecidedOutcome.work_order_id)
    query = (
        select(WorkOrder, EnrolledTablet.name.label("tablet"), others.label("others"))
        .join(WorkOrder.meter)
        .outerjoin(
            EnrolledTablet, (EnrolledTablet.id == WorkOrder.lease_device) & (WorkOrder.state != OrderState.AVAILABLE)
        )
        .where(or_(WorkOrder.origin == "smm", WorkOrder.id.in_(decided), WorkOrder.error_code == NOT_KNOWN))
    )
    return scoped(query)


def _state_name(state: OrderState) -> str:
    return visitor.t(f"state_{state.value}")


def _mark(row: Any) -> str | None:
    return MARKS.get(row.WorkOrder.state)


def _breaker_mark(row: Any) -> str | None:
    return None if row.Meter.breaker_state is None else _BREAKER_MARKS.get(row.Meter.breaker_state, "m-unknown")


def _pending_mark(pending: str) -> str | None:
    return "m-now" if pending == "true" else None


def _technician(row: Any) -> str | None:
    order: WorkOrder = row.WorkOrder
    return order.executed_by or order.claimed_by


def _left(order: WorkOrder, now: datetime) -> str | None:
    """How long the lease still lasts, in hours and minutes."""
    if order.state != OrderState.CLAIMED or order.lease_until is None:
        return None
    minutes = max(0, int((order.lease_until - now).total_seconds()) // 60)
    return f"{minutes // 60} h {minutes % 60:02} min"


def _order_link(row: Any) -> str:
    return address(order=row.WorkOrder.id)
