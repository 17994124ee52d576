"""Outcomes that no meter can tell: a person decides them once, with a reason that is kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain import exchange
from agent.domain.errors import InputError
from agent.domain.exchange import OrderState
from agent.smm.models import Execution, Meter, UndecidedOutcome, WorkOrder

Decision = Literal["applied", "not-applied"]
LONGEST_NOTE = 500


def parse_decision(text: str) -> Decision:
    """The decision of this name. Raises: InputError `bad-input`."""
    for decision in get_args(Decision):
        if text == decision:
            known: Decision = decision
            return known
    raise InputError(code="bad-input", field="decision")


def waiting_for(session: Session, number: int, tag: str) -> UndecidedOutcome:
    """The undecided outcome of an order, locked. Raises: InputError `order-ended` if there is none."""
    query = (
        select(UndecidedOutcome)
        .join(Meter, Meter.serial == UndecidedOutcome.serial)
        .where(UndecidedOutcome.work_order_id == number, UndecidedOutcome.decision.is_(None))
        .order_by(UndecidedOutcome.id)
        .limit(1)
    )
    if tag:
        query = query.where(Meter.tag == tag)
    outcome = session.scalar(query.with_for_update(of=UndecidedOutcome))
    if outcome is None:
        raise InputError(code="order-ended", order=number)
    return outcome


def decide(
    session: Session, outcome: UndecidedOutcome, decision: Decision, note: str, by: str, now: datetime
) -> WorkOrder:
    """Decides the outcome and ends its order as executed or failed; the meter may take charges again.

    Raises:
        InputError: `note-missing`.
    """
    if not note.strip():
        raise InputError(code="note-missing")
    outcome.decision, outcome.decided_by, outcome.decided_at = decision, by, now
    outcome.note = note.strip()[:LONGEST_NOTE]
    order = session.get_one(WorkOrder, outcome.work_order_id)
    order.ended_at = now
    if decision == "not-applied":
        order.state = OrderState.FAILED.value
        order.error_code, order.error_params = "order-settled-not-applied", {"user": by}
    else:
        after_cancel = order.cancel_requested_at is not None
        order.state = (OrderState.EXECUTED_AFTER_CANCEL if after_cancel else OrderState.EXECUTED).value
    return order


def made_for(session: Session, device: str, jobs: Sequence[str]) -> list[exchange.Decision]:
    """The decisions about these jobs of a tablet, made by a person or by what the meter said later."""
    query = (
        select(Execution.job, UndecidedOutcome.decision)
        .join(UndecidedOutcome, UndecidedOutcome.execution_key == Execution.key)
        .where(Execution.device_id == device, Execution.job.in_(jobs), UndecidedOutcome.decision.is_not(None))
    )
    return [exchange.Decision(job=row.job, applied=row.decision == "applied") for row in session.execute(query)]
