"""What an outcome says about the meter itself: breaker, credit, prepayment, contract."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from agent.domain.exchange import Envelope, Payload, payloads
from agent.smm import profile_rows
from agent.smm.models import LastReading, Meter, Reading

TARIFFS = ("t1", "t2", "t3", "t4", "t5", "t6")
_MAX_WH = 2**63 - 1
_NO_SYNC = {"synchronize_session": False}


class NoEnergy(ValueError):
    """A register that is no energy in Wh; the text names it."""


def keep(session: Session, envelope: Envelope, now: datetime) -> None:
    """Where something that was made later at this meter is in already, the meter's state is known better: it stays.

    Raises:
        NoEnergy: a reading whose registers are no energy.
    """
    serial, payload, at = envelope.payload.serial, envelope.payload, envelope.executed_at
    newest = or_(Meter.last_executed_at.is_(None), Meter.last_executed_at <= at)
    known = {"last_executed_at": at, **_state(payload, at)}
    session.execute(update(Meter).where(Meter.serial == serial, newest).values(known), execution_options=_NO_SYNC)
    if isinstance(payload, payloads.ReadingPayload):
        _keep_reading(session, payload, envelope, now)
    elif isinstance(payload, payloads.ProfilePayload):
        profile_rows.keep(session, payload, envelope.key, now)


def _state(payload: Payload, at: datetime) -> dict[str, Any]:
    """The columns of the meter that this outcome tells."""
    match payload:
        case payloads.ReadingPayload(breaker=payloads.BreakerPayload() as breaker):
            return {"breaker_state": _breaker_words(breaker)}
        case payloads.BreakerChangePayload():
            return {"breaker_state": _breaker_words(payload.after)}
        case payloads.CreditReadPayload():
            return {"credit_wh": payload.credit.amount_wh, "credit_read_at": at}
        case payloads.CreditChargePayload():
            return {"credit_wh": payload.after_wh, "credit_read_at": at}
        case payloads.PrepayConfiguredPayload():
            credit = {"credit_wh": payload.read_back.amount_wh, "credit_read_at": at}
            return {"is_prepay_configured": payload.is_prepay, **credit}
        case payloads.SupplyChangePayload():
            profiles = {"tariff_profile": payload.tariff_after, "contract_profile": payload.contract}
            return {name: value for name, value in profiles.items() if value}
        case _:
            return {}


def _breaker_words(breaker: payloads.BreakerPayload) -> str:
    """The manual's: connected (100), detached (0), undefined with the control state."""
    match breaker.control, breaker.output:
        case 1, True | None:
            return "connected (100)"
        case 0, False | None:
            return "detached (0)"
        case control, _:
            return f"undefined ({'?' if control is None else control})"


def _keep_reading(session: Session, payload: payloads.ReadingPayload, envelope: Envelope, now: datetime) -> None:
    registers = {
        "total": _watt_hours("total", payload.total),
        **{name: _watt_hours(name, quantity) for name, quantity in payload.tariffs.items()},
        "meter_time": payload.meter_time,
        "read_at": envelope.executed_at,
        "inserted_at": now,
    }
    session.add(Reading(execution_key=envelope.key, serial=payload.serial, **registers))
    newest = or_(LastReading.read_at.is_(None), LastReading.read_at <= envelope.executed_at)
    last = update(LastReading).where(LastReading.serial == payload.serial, newest)
    cleared = dict.fromkeys(TARIFFS)
    session.execute(last.values({**cleared, **registers}), execution_options=_NO_SYNC)


def _watt_hours(name: str, quantity: payloads.QuantityPayload) -> int:
    """Whole Wh; parts of one are cut off, as on the meter's display."""
    amount = int(Decimal(quantity.value))
    if quantity.unit != "Wh" or not 0 <= amount <= _MAX_WH:
        raise NoEnergy(f"{name} is no energy in Wh")
    return amount
