"""What an incoming outcome does to its work order.

The fencing number of the claim decides which outcome counts. One from an earlier claim is kept as *stale*, one for
an order that had already ended as *late*. A charge that was made always counts, whoever had the order by then: the
money is in the meter.
"""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain.activity import Activity
from agent.domain.exchange import (
    CreditChargePayload,
    Envelope,
    FailurePayload,
    NotDonePayload,
    OrderState,
    UndecidedPayload,
)
from agent.smm import audit
from agent.smm.intake.clocks import SLIGHT, Moment
from agent.smm.models import Execution, UndecidedOutcome, WorkOrder
from agent.smm.orders.changing import put

Standing = Literal["counted", "stale", "late"]
NOT_KNOWN = "order-not-known"
"""Error code of work for an order that a backup, put back since, does not have."""
_OPEN = (OrderState.AWAITING_APPROVAL, OrderState.AVAILABLE, OrderState.CLAIMED)
_EXECUTED = (OrderState.EXECUTED, OrderState.EXECUTED_AFTER_CANCEL)


def is_for(order: WorkOrder, envelope: Envelope, moment: Moment) -> bool:
    """Whether the outcome is of this order, and not of one that had its number before a backup was put back."""
    if order.activity != envelope.kind:
        return False
    if isinstance(envelope.payload, CreditChargePayload):
        if order.token_id is not None and envelope.payload.token_id is not None:
            return order.token_id == envelope.payload.token_id
        return order.parameters.get("amount_wh") == envelope.payload.amount_wh
    is_known_claim = (envelope.fence or 0) <= order.fence
    return is_known_claim or moment.at >= order.inserted_at - SLIGHT


def settle(session: Session, order: WorkOrder, envelope: Envelope, moment: Moment) -> Standing:
    """Changes the order, and returns how the outcome stands. A claim that is later than any known here was made before
    a backup was put back, and holds."""
    if (envelope.fence or 0) > order.fence:
        put(session, order, fence=envelope.fence or 0, lease_device=envelope.device)
        audit.note(session, envelope.executed_by, "claim-not-known", str(order.id), order.meter.tag)
    if isinstance(envelope.payload, CreditChargePayload):
        return _charged(session, order, envelope, envelope.payload, moment)
    if isinstance(envelope.payload, UndecidedPayload) and order.activity == Activity.CREDIT_CHARGE:
        return _charge_undecided(session, order, envelope, moment)
    if order.fence != envelope.fence or order.lease_device != envelope.device:
        return "stale"
    if order.state not in _OPEN and not (order.state == OrderState.CANCELLED and not _is_undone(envelope)):
        return "late"
    if _is_whole(session, envelope):
        _end(session, order, _done_state(order, envelope), envelope, moment)
    return "counted"


def end_tablets_own(session: Session, order: WorkOrder, envelope: Envelope, moment: Moment) -> Standing:
    """The same for an order that was created on the tablet, which has no claim."""
    if _is_whole(session, envelope):
        _end(session, order, _done_state(order, envelope), envelope, moment)
    return "counted"


def _charged(
    session: Session, order: WorkOrder, envelope: Envelope, payload: CreditChargePayload, moment: Moment
) -> Standing:
    if order.state in _EXECUTED:
        return "late"
    if order.state == OrderState.UNDECIDED:
        if payload.token_id is None or payload.token_id != order.token_id:
            return "late"
        _decided_by_the_meter(session, order, envelope, moment.came_in)
    _end(session, order, _done_state(order, envelope), envelope, moment)
    return "counted"


def _charge_undecided(session: Session, order: WorkOrder, envelope: Envelope, moment: Moment) -> Standing:
    """From any claim: the money may be in the meter, so a person looks at it."""
    if order.state in _EXECUTED or order.state == OrderState.UNDECIDED:
        return "late"
    _end(session, order, OrderState.UNDECIDED, envelope, moment)
    return "counted"


def _decided_by_the_meter(session: Session, order: WorkOrder, envelope: Envelope, now: datetime) -> None:
    """A meter takes a token's id once, so a meter that lists it has said that the charge was made."""
    waiting = select(UndecidedOutcome).where(
        UndecidedOutcome.serial == order.serial,
        UndecidedOutcome.work_order_id == order.id,
        UndecidedOutcome.decision.is_(None),
    )
    for outcome in session.scalars(waiting):
        outcome.decision, outcome.decided_by, outcome.decided_at = "applied", envelope.executed_by, now


def _done_state(order: WorkOrder, envelope: Envelope) -> OrderState:
    if isinstance(envelope.payload, UndecidedPayload):
        return OrderState.UNDECIDED
    if _is_undone(envelope):
        return OrderState.FAILED
    cancelled = order.state == OrderState.CANCELLED or order.cancel_requested_at is not None
    return OrderState.EXECUTED_AFTER_CANCEL if cancelled else OrderState.EXECUTED


def _is_undone(envelope: Envelope) -> bool:
    return isinstance(envelope.payload, FailurePayload | NotDonePayload)


def _end(session: Session, order: WorkOrder, state: OrderState, envelope: Envelope, moment: Moment) -> None:
    ended: dict[str, Any] = {
        "executed_by": envelope.executed_by,
        "ended_at": None if state is OrderState.UNDECIDED else moment.at,
        "lease_until": None,
        "state": state.value,
    }
    if state is not OrderState.EXECUTED_AFTER_CANCEL:
        ended["error_code"], ended["error_params"] = _error(order, envelope)
    put(session, order, **ended)


def _error(order: WorkOrder, envelope: Envelope) -> tuple[str | None, dict[str, str | int]]:
    match envelope.payload:
        case FailurePayload(code=code, params=params):
            return code, dict(params)
        case NotDonePayload(reason=reason, note=note):
            return f"not-done-{reason}", {"note": note}
        case _ if order.origin == "tablet" and envelope.work_order is not None:
            return NOT_KNOWN, {"order": envelope.work_order}
        case _:
            return None, {}


def _is_whole(session: Session, envelope: Envelope) -> bool:
    """Whether all parts of the job are in, counting this one."""
    if envelope.parts == 1:
        return True
    same_job = (Execution.device_id == envelope.device) & (Execution.job == envelope.job)
    query = select(Execution.part).where(Execution.serial == envelope.payload.serial, same_job)
    return {*session.scalars(query), envelope.part} >= set(range(1, envelope.parts + 1))
