"""What registers stand at: exact values with scaler and unit (IEC 62056-6-2, classes 3, 4 and 5)."""

from dataclasses import dataclass
from decimal import Context, Decimal

from agent.dlms.axdr.coding import Data
from agent.dlms.cosem.clock import CosemDateTime, read_date_time
from agent.dlms.cosem.units import scaler_and_unit
from agent.dlms.cosem.values import integer, number

_EXACT = Context(prec=40)
"""More digits than any number of a meter has, so that no scaler ever rounds."""


@dataclass(frozen=True)
class ScaledValue:
    """`value` already has the scaler applied; `scaler` (a power of ten) says its resolution."""

    value: Decimal
    scaler: int
    unit: str

    def __str__(self) -> str:
        return f"{self.value:f} {self.unit}".rstrip()


@dataclass(frozen=True)
class ExtendedRegister:
    """A value, the status the maker gives it, and when it was captured."""

    value: ScaledValue
    status: Data
    capture_time: CosemDateTime


@dataclass(frozen=True)
class DemandRegister:
    """Averages over `period` seconds, and over `number_of_periods` of them, sliding."""

    current_average: ScaledValue
    last_average: ScaledValue
    status: Data
    capture_time: CosemDateTime
    start_time_current: CosemDateTime
    period: int
    number_of_periods: int


def register(value: Data, scaler_unit: Data) -> ScaledValue:
    """From attributes 2 and 3 of a register.

    Raises:
        MalformedData: the value is no number, or the other no scaler_unit.
    """
    scaler, unit = scaler_and_unit(scaler_unit)
    return scaled(value, scaler, unit)


def scaled(value: Data, scaler: int, unit: str) -> ScaledValue:
    """A value whose scaler and unit are known already. Raises MalformedData if it is no number."""
    return ScaledValue(number(value).scaleb(scaler, _EXACT), scaler, unit)


def extended_register(value: Data, scaler_unit: Data, status: Data, capture_time: Data) -> ExtendedRegister:
    """From attributes 2 to 5, in order.

    Raises:
        MalformedData: one of them is of the wrong type.
    """
    return ExtendedRegister(register(value, scaler_unit), status, read_date_time(capture_time))


def demand_register(
    current_average_value: Data,
    last_average_value: Data,
    scaler_unit: Data,
    status: Data,
    capture_time: Data,
    start_time_current: Data,
    period: Data,
    number_of_periods: Data,
) -> DemandRegister:
    """From attributes 2 to 9, in order.

    Raises:
        MalformedData: one of them is of the wrong type.
    """
    return DemandRegister(
        register(current_average_value, scaler_unit),
        register(last_average_value, scaler_unit),
        status,
        read_date_time(capture_time),
        read_date_time(start_time_current),
        integer(period),
        integer(number_of_periods),
    )
