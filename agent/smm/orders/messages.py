"""A work order as tablets and other systems see it."""

from pydantic import TypeAdapter

from agent.domain import exchange
from agent.domain.activity import Activity
from agent.domain.exchange import (
    ChangeParameters,
    ChargeParameters,
    Claim,
    DetachParameters,
    OrderState,
    Parameters,
    PrepayParameters,
)
from agent.smm.keys import KeyBox
from agent.smm.models import WorkOrder
from agent.smm.orders.vending import token_of

_PARAMETERS: TypeAdapter[Parameters] = TypeAdapter(Parameters)


def summary(order: WorkOrder) -> str:
    """The parameters on one line: `credito 123456 Wh` for a charge, names of the catalogue for the rest."""
    stored = order.parameters
    match stored.get("kind"):
        case "charge":
            return f"credito {stored['amount_wh']} Wh"
        case "prepay":
            return PrepayParameters.model_validate(stored).profile.name
        case "change":
            change = ChangeParameters.model_validate(stored)
            return ", ".join(part.name for part in (change.tariff, change.contract) if part is not None)
        case "detach":
            return DetachParameters.model_validate(stored).reason
        case _:
            return ""


def message(order: WorkOrder) -> exchange.WorkOrder:
    """The order without what only its tablet may know."""
    return exchange.WorkOrder(
        id=order.id,
        activity=Activity(order.activity),
        serial=order.serial,
        pod=order.meter.pod,
        address=order.meter.address,
        customer=order.meter.customer,
        summary=summary(order)[:200],
        created_by=order.created_by,
        inserted_at=order.inserted_at,
        state=OrderState(order.state),
    )


def claim_message(order: WorkOrder, keys: KeyBox) -> Claim:
    """A claimed order with its parameters. Nowhere else does a token leave the system."""
    assert order.lease_until is not None
    return Claim(
        order=message(order), parameters=_parameters(order, keys), fence=order.fence, lease_until=order.lease_until
    )


def _parameters(order: WorkOrder, keys: KeyBox) -> Parameters:
    if order.sealed_token is None:
        return _PARAMETERS.validate_python(order.parameters)
    return ChargeParameters(
        amount_wh=order.parameters["amount_wh"], token=token_of(keys, order.sealed_token, order.serial)
    )
