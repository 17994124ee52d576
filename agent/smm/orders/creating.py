"""New work orders: for all the meters that were chosen, or for none."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain.activity import Activity
from agent.domain.errors import EplusError, InputError, OrdersRefused
from agent.domain.exchange import ChangeParameters, NoParameters, OrderState, PrepayParameters
from agent.domain.serial import parse_serial
from agent.domain.signing import content_hash
from agent.smm import catalogue
from agent.smm.keys import KeyBox
from agent.smm.models import Meter, OrderRequest, WorkOrder
from agent.smm.orders import approval, charges
from agent.smm.orders.request import WorkOrderRequest
from agent.smm.people.requester import Requester


def create(
    session: Session, keys: KeyBox, wish: WorkOrderRequest, asker: Requester, now: datetime, key: str | None = None
) -> list[int]:
    """The numbers of the orders, one a meter. Asking again under the same key gives the same orders.

    Raises:
        OrdersRefused: a meter cannot have its order, and so none has.
        InputError: `order-key-used`, the key is of another wish.
    """
    if (known := _known(session, wish, asker, key)) is not None:
        return known
    try:
        checked = _checked(session, wish, asker)
    except OrdersRefused:
        if (known := _known(session, wish, asker, key)) is not None:
            return known  # the same was asked beside us, and was in time
        raise
    orders = [_add(session, keys, wish, meter, parameters, asker, now) for meter, parameters in checked]
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


def _known(session: Session, wish: WorkOrderRequest, asker: Requester, key: str | None) -> list[int] | None:
    """The orders that were made under this key before."""
    if key is None or (found := session.get(OrderRequest, (asker.name, key))) is None:
        return None
    if found.content_hash != content_hash(wish.content()):
        raise InputError(code="order-key-used")
    return list(found.order_ids)


_Parameters = dict[str, object]


def _checked(session: Session, wish: WorkOrderRequest, asker: Requester) -> list[tuple[Meter, _Parameters]]:
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


def _meter(session: Session, text: str, asker: Requester) -> Meter:
    serial = parse_serial(text)
    query = select(Meter).where(Meter.serial == serial, Meter.deleted.is_(False))
    if asker.tag:
        query = query.where(Meter.tag == asker.tag)
    meter = session.scalar(query.with_for_update())
    if meter is None:
        raise InputError(code="meter-not-in-smm", serial=serial)
    return meter


def _parameters(session: Session, wish: WorkOrderRequest, meter: Meter) -> _Parameters:
    """An exchange `Parameters` as JSON; of a charge without the token, which needs the order's number."""
    match wish:
        case WorkOrderRequest(activity=Activity.CREDIT_CHARGE, amount_wh=int() as amount_wh):
            charges.refuse(session, meter, amount_wh)
            return {"kind": "charge", "amount_wh": amount_wh}
        case WorkOrderRequest(activity=Activity.PREPAY_CONFIG, profile=str() as name):
            return PrepayParameters(profile=catalogue.profile(session, name)).model_dump(mode="json")
        case WorkOrderRequest(activity=Activity.CHANGE):
            tariff = None if wish.tariff is None else catalogue.tariff(session, wish.tariff, meter.model)
            contract = None if wish.contract is None else catalogue.contract(session, wish.contract, meter.model)
            return ChangeParameters(tariff=tariff, contract=contract).model_dump(mode="json")
        case _:
            return NoParameters().model_dump(mode="json")


def _add(
    session: Session,
    keys: KeyBox,
    wish: WorkOrderRequest,
    meter: Meter,
    parameters: _Parameters,
    asker: Requester,
    now: datetime,
) -> WorkOrder:
    order = WorkOrder(
        activity=wish.activity.value,
        serial=meter.serial,
        outer_id=wish.outer_id,
        channel="mobile",
        origin="smm",
        state=_first_state(session, wish).value,
        created_by=asker.name,
        inserted_at=now,
        parameters=parameters,
        error_params={},
    )
    session.add(order)
    session.flush()
    if wish.activity is Activity.CREDIT_CHARGE and order.state == OrderState.AVAILABLE:
        approval.add_token(keys, order, meter)
    return order


def _first_state(session: Session, wish: WorkOrderRequest) -> OrderState:
    limit = approval.limit(session)
    large = limit is not None and wish.amount_wh is not None and wish.amount_wh > limit
    return OrderState.AWAITING_APPROVAL if large else OrderState.AVAILABLE
