"""Domain objects to messages, and back."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from pydantic import TypeAdapter

from agent.domain import parameters, results
from agent.domain.errors import InputError
from agent.domain.exchange import orders, payloads
from agent.domain.prepayment import PrepayProfile
from agent.domain.reading import MeterReading
from agent.domain.tariff import Contract, Season, Switch, TariffPlan

_KINDS: Mapping[type[Any], type[Any]] = {
    MeterReading: payloads.ReadingPayload,
    results.InstantValues: payloads.InstantPayload,
    results.ClockCheck: payloads.ClockPayload,
    results.ProfileInfo: payloads.ProfileInfoPayload,
    results.EventLog: payloads.EventsPayload,
    results.BreakerChange: payloads.BreakerChangePayload,
    results.CreditRead: payloads.CreditReadPayload,
    results.CreditCharge: payloads.CreditChargePayload,
    results.PrepayConfigured: payloads.PrepayConfiguredPayload,
    results.SupplyChange: payloads.SupplyChangePayload,
}


_RESULT: TypeAdapter[payloads.ResultPayload] = TypeAdapter(payloads.ResultPayload)
_PARAMETERS: TypeAdapter[orders.JobParameters] = TypeAdapter(orders.JobParameters)


def parse_result(content: Mapping[str, Any]) -> payloads.ResultPayload:
    """A result as it was stored. Raises pydantic.ValidationError."""
    return _RESULT.validate_python(content)


def parse_parameters(content: Mapping[str, Any]) -> orders.JobParameters:
    """Parameters as they were stored; an empty content is `NoParameters`. Raises pydantic.ValidationError."""
    return _PARAMETERS.validate_python(content or {"kind": "none"})


def payload_of(result: results.Result) -> payloads.ResultPayload:
    """A result as a message: field by field, with decimals and cells as text."""
    if isinstance(result, results.LoadProfile):
        return profile_payload(result)
    payload: payloads.ResultPayload = _KINDS[type(result)].model_validate(_plain(result))
    return payload


def profile_payload(profile: results.LoadProfile) -> payloads.ProfilePayload:
    """A profile as one message; the caller splits it first if it has more than `MAX_ROWS` rows."""
    return payloads.ProfilePayload(
        serial=profile.serial,
        channels=[payloads.ChannelPayload.model_validate(_plain(channel)) for channel in profile.channels],
        capture_period_s=profile.capture_period_s,
        rows=[[cell_text(cell) for cell in row] for row in profile.rows],
        warnings=list(profile.warnings),
    )


def cell_text(cell: results.Cell) -> str | None:
    """A cell of a profile as text: decimals without exponent; moments in UTC, unless they lie outside its calendar."""
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, datetime):
        try:
            return (cell.astimezone(UTC) if cell.tzinfo else cell).isoformat()
        except OverflowError:
            return cell.isoformat()
    return None if cell is None else str(cell)


def prepay_profile(message: payloads.PrepayProfileMessage) -> PrepayProfile:
    """The prepayment profile in a message."""
    return PrepayProfile(**message.model_dump())


def parameters_of(message: orders.JobParameters, order: int | None) -> parameters.Parameters:
    """The parameters in a message. `order` is the number of the work order, which a charge needs.

    Raises:
        InputError: `bad-range`; a range lacks an end, or ends before it begins.
    """
    match message:
        case orders.ChargeParameters():
            return parameters.ChargeCredit(message.amount_wh, bytes.fromhex(message.token), str(order))
        case orders.PrepayParameters():
            return parameters.SetPrepayment(prepay_profile(message.profile))
        case orders.ChangeParameters():
            return parameters.SetSupply(_tariff(message.tariff), _contract(message.contract))
        case orders.DetachParameters():
            return parameters.Detach(message.reason)
        case orders.ClockParameters():
            return parameters.SetClock(message.far_off)
        case orders.RangeParameters(first=datetime() as first, last=datetime() as last):
            return parameters.ReadRange(first, last)
        case orders.RangeParameters():
            raise InputError(code="bad-range")
        case orders.InfoParameters():
            return parameters.ReadInfo()
        case _:
            return parameters.Nothing()


def _tariff(message: orders.TariffPlanMessage | None) -> TariffPlan | None:
    if message is None:
        return None
    return TariffPlan(
        name=message.name,
        seasons=tuple(Season(**season.model_dump()) for season in message.seasons),
        weeks={name: tuple(days) for name, days in message.weeks.items()},
        days={
            number: tuple(Switch(**switch.model_dump()) for switch in switches)
            for number, switches in message.days.items()
        },
    )


def _contract(message: orders.ContractMessage | None) -> Contract | None:
    return None if message is None else Contract(message.name, message.threshold_w)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.value if isinstance(value, Enum) else value
