"""What an outcome says about the meter itself: breaker, credit, prepayment, contract."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agent.domain.exchange import Envelope, Payload, payloads
from agent.smm.models import Execution, Meter, Reading, WorkOrder

_MAX_WH = 2**63 - 1


class NoEnergy(ValueError):
    """A register that is no energy in Wh; the text names it."""


def keep(session: Session, meter: Meter, envelope: Envelope, now: datetime, *, newest: bool) -> None:
    """`newest`: nothing that was made later at this meter is in; else the meter's state is known better already.

    Raises:
        NoEnergy: a reading whose registers are no energy.
    """
    if newest:
        _update(meter, envelope.payload, envelope.executed_at)
    if isinstance(envelope.payload, payloads.ReadingPayload):
        session.add(_reading(envelope, envelope.payload, now))


def is_newest(session: Session, serial: str, executed_at: datetime) -> bool:
    """Whether nothing that came in before was made later at this meter."""
    query = select(func.max(Execution.executed_at)).join(WorkOrder).where(WorkOrder.serial == serial)
    last = session.scalar(query)
    return last is None or last <= executed_at


def _update(meter: Meter, payload: Payload, at: datetime) -> None:
    match payload:
        case payloads.ReadingPayload(breaker=payloads.BreakerPayload() as breaker):
            meter.breaker_state = _breaker_words(breaker)
        case payloads.BreakerChangePayload():
            meter.breaker_state = _breaker_words(payload.after)
        case payloads.CreditReadPayload():
            meter.credit_wh, meter.credit_read_at = payload.credit.amount_wh, at
        case payloads.CreditChargePayload():
            meter.credit_wh, meter.credit_read_at = payload.after_wh, at
        case payloads.PrepayConfiguredPayload():
            meter.is_prepay_configured = payload.is_prepay
            meter.credit_wh, meter.credit_read_at = payload.read_back.amount_wh, at
        case payloads.SupplyChangePayload():
            meter.tariff_profile = payload.tariff_after or meter.tariff_profile
            meter.contract_profile = payload.contract or meter.contract_profile
        case _:
            pass


def _breaker_words(breaker: payloads.BreakerPayload) -> str:
    """The manual's: connected (100), detached (0), undefined with the control state."""
    match breaker.control, breaker.output:
        case 1, True | None:
            return "connected (100)"
        case 0, False | None:
            return "detached (0)"
        case control, _:
            return f"undefined ({'?' if control is None else control})"


def _reading(envelope: Envelope, payload: payloads.ReadingPayload, now: datetime) -> Reading:
    values = {name: _watt_hours(name, quantity) for name, quantity in payload.tariffs.items()}
    return Reading(
        execution_key=envelope.key,
        serial=payload.serial,
        total=_watt_hours("total", payload.total),
        meter_time=payload.meter_time,
        read_at=envelope.executed_at,
        inserted_at=now,
        **values,
    )


def _watt_hours(name: str, quantity: payloads.QuantityPayload) -> int:
    """Whole Wh; parts of one are cut off, as on the meter's display."""
    amount = int(Decimal(quantity.value))
    if quantity.unit != "Wh" or not 0 <= amount <= _MAX_WH:
        raise NoEnergy(f"{name} is no energy in Wh")
    return amount
