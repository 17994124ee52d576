"""Whether a meter may take a charge now."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain.activity import Activity
from agent.domain.errors import InputError
from agent.domain.exchange import OrderState
from agent.domain.prepayment import LARGEST_BALANCE_WH
from agent.smm.models import Meter, UndecidedOutcome, WorkOrder

_CHARGE_IS_OPEN = (OrderState.AWAITING_APPROVAL, OrderState.AVAILABLE, OrderState.CLAIMED, OrderState.UNDECIDED)


def refuse(session: Session, meter: Meter, amount_wh: int, approved: int = 0) -> None:
    """Refuses a charge that the meter may not take now; `approved` is the number of its own order, if there is one.

    Raises:
        InputError: `not-in-prepayment`, `no-vending-key`, `outcome-undecided`, `charge-open`, `balance-too-large`.
    """
    if not meter.is_prepay_configured:
        raise InputError(code="not-in-prepayment", serial=meter.serial)
    if meter.sealed_vending_key is None:
        raise InputError(code="no-vending-key", serial=meter.serial)
    if is_undecided(session, meter.serial):
        raise InputError(code="outcome-undecided", serial=meter.serial)
    open_charge = select(WorkOrder.id).where(
        WorkOrder.serial == meter.serial,
        WorkOrder.activity == Activity.CREDIT_CHARGE,
        WorkOrder.state.in_(_CHARGE_IS_OPEN),
        WorkOrder.id != approved,
    )
    if (order := session.scalar(open_charge)) is not None:
        raise InputError(code="charge-open", serial=meter.serial, order=order)
    if meter.credit_wh is not None and meter.credit_wh + amount_wh > LARGEST_BALANCE_WH:
        raise InputError(code="balance-too-large", balance=meter.credit_wh, largest=LARGEST_BALANCE_WH)


def is_undecided(session: Session, serial: str) -> bool:
    """Whether a person still has to decide an outcome at this meter."""
    query = select(UndecidedOutcome.id).where(UndecidedOutcome.serial == serial, UndecidedOutcome.decision.is_(None))
    return session.scalar(query.limit(1)) is not None
