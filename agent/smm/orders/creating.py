"""New work orders: one for every meter of a request, or none at all."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain.activity import Activity
from agent.domain.errors import EplusError, InputError, OrdersRefused
from agent.domain.exchange import ChangeParameters, DetachParameters, NoParameters, OrderState, PrepayParameters
from agent.domain.serial import parse_serial
from agent.domain.signing import content_hash
from agent.smm import catalogue
from agent.smm.keys import KeyBox
from agent.smm.models import IdempotencyKey, Meter, WorkOrder
from agent.smm.orders import approval, charges
from agent.smm.orders.request import WorkOrderRequest
from agent.smm.people.requester import Requester


def create(
    session: Session,
    keys: KeyBox,
    request: WorkOrderRequest,
    requester: Requester,
    now: datetime,
    key: str | None = None,
) -> list[int]:
    """Creates the orders and returns their numbers, one for each meter. `key` is the requester's idempotency key:
    the same request under the same key returns the same orders.

    Raises:
        OrdersRefused: a meter cannot have its order, so no order was created.
        InputError: `order-key-used`, the key belongs to another request.
    """
    if (known := _known(session, request, requester, key)) is not None:
        return known
    try:
        checked = _checked(session, request, requester)
    except OrdersRefused:
        if (known := _known(session, request, requester, key)) is not None:
            return known  # the same request ran at the same time and came first
        raise
    orders = [_add(session, keys, request, meter, parameters, requester, now) for meter, parameters in checked]
    ids = [order.id for order in orders]
    if key is not None:
        session.add(
            IdempotencyKey(
                asked_by=requester.name,
                key=key,
                content_hash=content_hash(request.content()),
                order_ids=ids,
                created_at=now,
            )
        )
    return ids


def _known(session: Session, request: WorkOrderRequest, requester: Requester, key: str | None) -> list[int] | None:
    """The orders that this key created before."""
    if key is None or (found := session.get(IdempotencyKey, (requester.name, key))) is None:
        return None
    if found.content_hash != content_hash(request.content()):
        raise InputError(code="order-key-used")
    return list(found.order_ids)


_Parameters = dict[str, object]


def _checked(session: Session, request: WorkOrderRequest, requester: Requester) -> list[tuple[Meter, _Parameters]]:
    """Every meter with the parameters of its order. The meters' rows stay locked."""
    checked: list[tuple[Meter, _Parameters]] = []
    reasons: dict[str, EplusError] = {}
    for text in dict.fromkeys(request.serials):
        try:
            meter = _meter(session, text, requester)
            checked.append((meter, _parameters(session, request, meter)))
        except InputError as error:
            reasons[text[:40]] = error
    if reasons:
        raise OrdersRefused(reasons)
    return checked


def _meter(session: Session, text: str, requester: Requester) -> Meter:
    serial = parse_serial(text)
    query = select(Meter).where(Meter.serial == serial, Meter.deleted.is_(False))
    if requester.tag:
        query = query.where(Meter.tag == requester.tag)
    meter = session.scalar(query.with_for_update())
    if meter is None:
        raise InputError(code="meter-not-in-smm", serial=serial)
    return meter


def _parameters(session: Session, request: WorkOrderRequest, meter: Meter) -> _Parameters:
    """An exchange `Parameters` as JSON. A charge still lacks its token, which needs the order's number."""
    match request:
        case WorkOrderRequest(activity=Activity.CREDIT_CHARGE, amount_wh=int() as amount_wh):
            charges.refuse(session, meter, amount_wh)
            return {"kind": "charge", "amount_wh": amount_wh}
        case WorkOrderRequest(activity=Activity.PREPAY_CONFIG, profile=str() as name):
            return PrepayParameters(profile=catalogue.profile(session, name)).model_dump(mode="json")
        case WorkOrderRequest(activity=Activity.CHANGE):
            tariff = None if request.tariff is None else catalogue.tariff(session, request.tariff, meter.model)
            contract = None if request.contract is None else catalogue.contract(session, request.contract, meter.model)
            return ChangeParameters(tariff=tariff, contract=contract).model_dump(mode="json")
        case WorkOrderRequest(reason=str() as reason):
            return DetachParameters(reason=reason.strip()).model_dump(mode="json")
        case _:
            return NoParameters().model_dump(mode="json")


def _add(
    session: Session,
    keys: KeyBox,
    request: WorkOrderRequest,
    meter: Meter,
    parameters: _Parameters,
    requester: Requester,
    now: datetime,
) -> WorkOrder:
    order = WorkOrder(
        activity=request.activity.value,
        serial=meter.serial,
        outer_id=request.outer_id,
        channel="mobile",
        origin="smm",
        state=_first_state(session, request).value,
        created_by=requester.name,
        inserted_at=now,
        parameters=parameters,
        error_params={},
    )
    session.add(order)
    session.flush()
    if request.activity is Activity.CREDIT_CHARGE and order.state == OrderState.AVAILABLE:
        approval.add_token(keys, order, meter)
    return order


def _first_state(session: Session, request: WorkOrderRequest) -> OrderState:
    limit = approval.limit(session)
    large = limit is not None and request.amount_wh is not None and request.amount_wh > limit
    return OrderState.AWAITING_APPROVAL if large else OrderState.AVAILABLE
