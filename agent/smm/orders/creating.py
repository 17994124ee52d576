"""New work orders: for all the meters that were chosen, or for none."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain.activity import Activity
from agent.domain.envelope import content_hash
from agent.domain.errors import EplusError, InputError
from agent.domain.exchange import ChangeParameters, NoParameters, OrderState, PrepayParameters
from agent.domain.prepayment import LARGEST_BALANCE_WH
from agent.domain.serial import parse_serial
from agent.smm import catalogue
from agent.smm.keys import KeyBox
from agent.smm.models import Meter, OrderRequest, UndecidedOutcome, WorkOrder
from agent.smm.orders.wish import Asker, OrdersRefused, OrderWish
from agent.smm.vending import mint

_CHARGE_IS_OPEN = (OrderState.AVAILABLE, OrderState.CLAIMED, OrderState.UNDECIDED)


def create(
    session: Session, keys: KeyBox, wish: OrderWish, asker: Asker, now: datetime, key: str | None = None
) -> list[int]:
    """The numbers of the orders, one a meter. Asking again under the same key gives the same orders.

    Raises:
        OrdersRefused: a meter cannot have its order, and so none has.
        InputError: `order-key-used`, the key is of another wish.
    """
    known = None if key is None else session.get(OrderRequest, (asker.name, key))
    if known is not None:
        if known.content_hash != content_hash(wish.content()):
            raise InputError(code="order-key-used")
        return list(known.order_ids)
    orders = [
        _add(session, keys, wish, meter, parameters, asker, now) for meter, parameters in _checked(session, wish, asker)
    ]
    ids = [order.id for order in orders]
    if key is not None:
        session.add(
            OrderRequest(
                asked_by=asker.name,
                key=key,
                content_hash=content_hash(wish.content()),
                order_ids=ids,
                created_at=now,
            )
        )
    return ids


def refuse_charge(session: Session, meter: Meter, amount_wh: int) -> None:
    """Raises InputError for a charge that this meter may not have now."""
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
    )
    if (order := session.scalar(open_charge)) is not None:
        raise InputError(code="charge-open", serial=meter.serial, order=order)
    if meter.credit_wh is not None and meter.credit_wh + amount_wh > LARGEST_BALANCE_WH:
        raise InputError(code="balance-too-large", balance=meter.credit_wh, largest=LARGEST_BALANCE_WH)


def is_undecided(session: Session, serial: str) -> bool:
    """Whether a person still has to decide on an outcome at this meter."""
    query = select(UndecidedOutcome.id).where(UndecidedOutcome.serial == serial, UndecidedOutcome.decision.is_(None))
    return session.scalar(query.limit(1)) is not None


_Parameters = dict[str, object]


def _checked(session: Session, wish: OrderWish, asker: Asker) -> list[tuple[Meter, _Parameters]]:
    """Every meter with its parameters; the meters' rows stay locked."""
    checked: list[tuple[Meter, _Parameters]] = []
    reasons: dict[str, EplusError] = {}
    for text in dict.fromkeys(wish.serials):
        try:
            meter = _meter(session, text, asker)
            checked.append((meter, _parameters(session, wish, meter)))
        except InputError as error:
            reasons[text[:40]] = error
    if reasons:
        raise OrdersRefused(reasons)
    return checked


def _meter(session: Session, text: str, asker: Asker) -> Meter:
    serial = parse_serial(text)
    query = select(Meter).where(Meter.serial == serial, Meter.deleted.is_(False))
    if asker.tag:
        query = query.where(Meter.tag == asker.tag)
    meter = session.scalar(query.with_for_update())
    if meter is None:
        raise InputError(code="meter-not-in-smm", serial=serial)
    return meter


def _parameters(session: Session, wish: OrderWish, meter: Meter) -> _Parameters:
    """An exchange `Parameters` as JSON; of a charge without the token, which needs the order's number."""
    match wish:
        case OrderWish(activity=Activity.CREDIT_CHARGE, amount_wh=int() as amount_wh):
            refuse_charge(session, meter, amount_wh)
            return {"kind": "charge", "amount_wh": amount_wh}
        case OrderWish(activity=Activity.PREPAY_CONFIG, profile=str() as name):
            return PrepayParameters(profile=catalogue.profile(session, name)).model_dump(mode="json")
        case OrderWish(activity=Activity.CHANGE):
            tariff = None if wish.tariff is None else catalogue.tariff(session, wish.tariff, meter.model)
            contract = None if wish.contract is None else catalogue.contract(session, wish.contract, meter.model)
            return ChangeParameters(tariff=tariff, contract=contract).model_dump(mode="json")
        case _:
            return NoParameters().model_dump(mode="json")


def _add(
    session: Session,
    keys: KeyBox,
    wish: OrderWish,
    meter: Meter,
    parameters: _Parameters,
    asker: Asker,
    now: datetime,
) -> WorkOrder:
    order = WorkOrder(
        activity=wish.activity.value,
        serial=meter.serial,
        outer_id=wish.outer_id,
        channel="mobile",
        origin="smm",
        state=OrderState.AVAILABLE.value,
        created_by=asker.name,
        inserted_at=now,
        parameters=parameters,
        error_params={},
    )
    session.add(order)
    session.flush()
    if wish.activity is Activity.CREDIT_CHARGE and wish.amount_wh is not None:
        token = mint(keys, meter, order.id, wish.amount_wh)
        order.token_id, order.sealed_token = token.id, token.sealed
    return order
