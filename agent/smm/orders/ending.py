"""What a person does to an order: cancel it, or hand it out again."""

from datetime import datetime

from agent.domain.activity import Activity
from agent.domain.errors import InputError
from agent.domain.exchange import OrderState
from agent.smm.models import WorkOrder


def ask_to_cancel(order: WorkOrder, by: str, now: datetime) -> None:
    """Cancels an order that no tablet has. If a tablet has it, this is a request: the tablet gives the order back or
    does it, or a person confirms.

    Raises:
        InputError: `order-ended`, `outcome-undecided`.
    """
    match order.state:
        case OrderState.CANCELLED:
            return
        case OrderState.AWAITING_APPROVAL | OrderState.AVAILABLE:
            cancel(order, by, now)
        case OrderState.CLAIMED:
            if order.cancel_requested_by is None:
                order.cancel_requested_by, order.cancel_requested_at = by, now
        case OrderState.UNDECIDED:
            raise InputError(code="outcome-undecided", serial=order.serial)
        case _:
            raise InputError(code="order-ended", order=order.id)


def confirm_cancel(order: WorkOrder, by: str, now: datetime) -> None:
    """Cancels a claimed order: a person is sure that the tablet will not do it. Raises: InputError `order-ended`."""
    if order.state != OrderState.CLAIMED or order.cancel_requested_by is None:
        raise InputError(code="order-ended", order=order.id)
    cancel(order, by, now)


def hand_out_again(order: WorkOrder, now: datetime) -> None:
    """Takes a claim away so that another tablet can have the order; a charge keeps its token.

    Raises:
        InputError: `order-ended`; `lease-runs`, the tablet may still send the charge while it is offline.
    """
    if order.state != OrderState.CLAIMED or order.cancel_requested_by is not None:
        raise InputError(code="order-ended", order=order.id)
    if order.activity == Activity.CREDIT_CHARGE and order.lease_until is not None and now < order.lease_until:
        raise InputError(code="lease-runs", order=order.id, until=order.lease_until.strftime("%Y-%m-%d %H:%M UTC"))
    order.state = OrderState.AVAILABLE.value
    order.lease_until = order.claimed_by = None


def cancel(order: WorkOrder, by: str, now: datetime) -> None:
    """Ends the order as cancelled, in whatever state it is."""
    order.state = OrderState.CANCELLED.value
    order.error_code, order.error_params = "order-cancelled-by", {"user": by}
    order.ended_at = now
    order.lease_until = None
