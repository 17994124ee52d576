"""Charges above a limit: a second person approves before a token is made and a tablet may have the order."""

from datetime import datetime

from sqlalchemy.orm import Session

from agent.domain.errors import InputError
from agent.domain.exchange import OrderState
from agent.smm.database import get_setting, put_setting
from agent.smm.keys import KeyBox
from agent.smm.models import Meter, WorkOrder
from agent.smm.orders import charges
from agent.smm.orders.vending import mint

_LIMIT = "approval_above_wh"


def limit(session: Session) -> int | None:
    """The limit in Wh above which a charge needs a second person; None if no charge does."""
    value = get_setting(session, _LIMIT)
    return int(value) if value else None


def set_limit(session: Session, limit_wh: int | None) -> None:
    """Sets or removes the limit. Orders that exist stay as they are."""
    put_setting(session, _LIMIT, "" if limit_wh is None else str(limit_wh))


def approve(session: Session, keys: KeyBox, order: WorkOrder, by: str, now: datetime) -> None:
    """Approves a charge: from now on a tablet may claim it.

    Raises:
        InputError: `order-ended`, it does not await approval; `own-approval`, the same person created it; or what
            `charges.refuse` raises for the meter as it is now.
    """
    if order.state != OrderState.AWAITING_APPROVAL:
        raise InputError(code="order-ended", order=order.id)
    if order.created_by == by:
        raise InputError(code="own-approval", order=order.id)
    meter = session.get_one(Meter, order.serial, with_for_update=True)
    charges.refuse(session, meter, order.parameters["amount_wh"], approved=order.id)
    order.state = OrderState.AVAILABLE.value
    order.approved_by, order.approved_at = by, now
    if order.token_id is None:  # a token that was handed out stays the only one
        add_token(keys, order, meter)


def add_token(keys: KeyBox, order: WorkOrder, meter: Meter) -> None:
    """Mints the token of a charge and keeps it, locked, with the order."""
    token = mint(keys, meter, order.id, order.parameters["amount_wh"])
    order.token_id, order.sealed_token = token.id, token.sealed
