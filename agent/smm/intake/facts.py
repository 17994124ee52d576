"""What an outcome says about the meter: breaker, credit, prepayment, contract, readings."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from agent.domain.exchange import Envelope, Payload, payloads
from agent.smm.database import add_row
from agent.smm.intake import profile_rows
from agent.smm.intake.clocks import Moment
from agent.smm.intake.marks import Mark, put_fact, put_reading
from agent.smm.models import Reading

TARIFFS = ("t1", "t2", "t3", "t4", "t5", "t6")
_MAX_WH = 2**63 - 1


class NoEnergy(ValueError):
    """A register is not an energy in Wh; the text names it."""


def keep(session: Session, envelope: Envelope, moment: Moment) -> bool:
    """Updates the meter and keeps its readings and rows. For each fact the newest outcome has the last word.
    True if an outcome that had it lay in the future.

    Raises:
        NoEnergy: a register of a reading is not an energy.
    """
    serial, payload = envelope.payload.serial, envelope.payload
    mark = Mark(moment.at, envelope.device, envelope.sequence)
    told = told_by(payload, moment.at)
    over_future = [put_fact(session, serial, fact, mark, told[fact], moment.came_in) for fact in sorted(told)]
    if isinstance(payload, payloads.ReadingPayload):
        registers = {**registers_of(payload), "read_at": moment.at, "inserted_at": moment.came_in}
        add_row(session, Reading, {"execution_key": envelope.key, "serial": serial, **registers})
        put_reading(session, serial, mark, registers, moment.came_in)
    elif isinstance(payload, payloads.ProfilePayload):
        profile_rows.keep(session, payload, envelope.key, moment.came_in)
    return any(over_future)


def told_by(payload: Payload, at: datetime) -> dict[str, dict[str, Any]]:
    """The meter's columns that this outcome tells, by fact: each fact has a last word of its own."""
    match payload:
        case payloads.ReadingPayload(breaker=payloads.BreakerPayload() as breaker):
            return {"breaker": {"breaker_state": _breaker_words(breaker)}}
        case payloads.BreakerChangePayload():
            return {"breaker": {"breaker_state": _breaker_words(payload.after)}}
        case payloads.CreditReadPayload():
            return {"credit": {"credit_wh": payload.credit.amount_wh, "credit_read_at": at}}
        case payloads.CreditChargePayload():
            return {"credit": {"credit_wh": payload.after_wh, "credit_read_at": at}}
        case payloads.PrepayConfiguredPayload():
            credit = {"credit_wh": payload.read_back.amount_wh, "credit_read_at": at}
            return {"credit": credit, "prepay": {"is_prepay_configured": payload.is_prepay}}
        case payloads.SupplyChangePayload():
            tariff, contract = payload.tariff_after, payload.contract
            return {
                **({"tariff": {"tariff_profile": tariff}} if tariff else {}),
                **({"contract": {"contract_profile": contract}} if contract else {}),
            }
        case _:
            return {}


def _breaker_words(breaker: payloads.BreakerPayload) -> str:
    """As operators know it: connected (100), detached (0), undefined with the control state."""
    match breaker.control, breaker.output:
        case 1, True | None:
            return "connected (100)"
        case 0, False | None:
            return "detached (0)"
        case control, _:
            return f"undefined ({'?' if control is None else control})"


def registers_of(payload: payloads.ReadingPayload) -> dict[str, Any]:
    """The columns of a reading. Raises: NoEnergy."""
    return {
        "total": _watt_hours("total", payload.total),
        **dict.fromkeys(TARIFFS),
        **{name: _watt_hours(name, quantity) for name, quantity in payload.tariffs.items()},
        "meter_time": payload.meter_time,
    }


def _watt_hours(name: str, quantity: payloads.QuantityPayload) -> int:
    """Whole Wh; fractions are cut off, as on the meter's display."""
    amount = int(Decimal(quantity.value))
    if quantity.unit != "Wh" or not 0 <= amount <= _MAX_WH:
        raise NoEnergy(f"{name} is no energy in Wh")
    return amount
