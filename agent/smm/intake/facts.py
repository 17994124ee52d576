"""What an outcome says about the meter: breaker, credit, prepayment, contract, readings."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import Update, bindparam, or_, update
from sqlalchemy.orm import Session

from agent.domain.exchange import Envelope, Payload, payloads
from agent.smm.database import add_row
from agent.smm.intake import profile_rows
from agent.smm.models import Base, LastReading, Meter, Reading

TARIFFS = ("t1", "t2", "t3", "t4", "t5", "t6")
_MAX_WH = 2**63 - 1


class NoEnergy(ValueError):
    """A register is not an energy in Wh; the text names it."""


def keep(session: Session, envelope: Envelope, now: datetime) -> None:
    """Updates the meter and keeps its readings and rows. A later outcome that is in already keeps the last word.

    Raises:
        NoEnergy: a register of a reading is not an energy.
    """
    serial, payload, at = envelope.payload.serial, envelope.payload, envelope.executed_at
    _put_if_newest(session, Meter, "last_executed_at", serial, {"last_executed_at": at, **_state(payload, at)})
    if isinstance(payload, payloads.ReadingPayload):
        _keep_reading(session, payload, envelope, now)
    elif isinstance(payload, payloads.ProfilePayload):
        profile_rows.keep(session, payload, envelope.key, now)


def _state(payload: Payload, at: datetime) -> dict[str, Any]:
    """The meter's columns that this outcome tells."""
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
    """As operators know it: connected (100), detached (0), undefined with the control state."""
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
        **dict.fromkeys(TARIFFS),
        **{name: _watt_hours(name, quantity) for name, quantity in payload.tariffs.items()},
        "meter_time": payload.meter_time,
        "read_at": envelope.executed_at,
        "inserted_at": now,
    }
    add_row(session, Reading, {"execution_key": envelope.key, "serial": payload.serial, **registers})
    _put_if_newest(session, LastReading, "read_at", payload.serial, registers)


def _put_if_newest(session: Session, table: type[Base], moment: str, serial: str, values: Mapping[str, Any]) -> None:
    statement = _update_if_newest(table, moment, tuple(values))
    session.connection().execute(statement, {"of": serial, **{f"new_{name}": value for name, value in values.items()}})


@cache
def _update_if_newest(table: type[Base], moment: str, names: tuple[str, ...]) -> Update:
    """An update of the row of meter `of`, unless the row has a later moment."""
    rows: Any = table.__table__
    columns = rows.columns
    newest = or_(columns[moment].is_(None), columns[moment] <= bindparam(f"new_{moment}"))
    values = {name: bindparam(f"new_{name}", type_=columns[name].type) for name in names}
    return update(rows).where(columns["serial"] == bindparam("of"), newest).values(values)


def _watt_hours(name: str, quantity: payloads.QuantityPayload) -> int:
    """Whole Wh; fractions are cut off, as on the meter's display."""
    amount = int(Decimal(quantity.value))
    if quantity.unit != "Wh" or not 0 <= amount <= _MAX_WH:
        raise NoEnergy(f"{name} is no energy in Wh")
    return amount
