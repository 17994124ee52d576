"""Values of registers: exact, with scaler and unit (IEC 62056-6-2:2017, classes 3, 4 and 5)."""

from dataclasses import dataclass
from decimal import Context, Decimal

from agent.dlms.axdr.coding import Data
from agent.dlms.cosem.clock import CosemDateTime, read_date_time
from agent.dlms.cosem.units import scaler_and_unit
from agent.dlms.cosem.values import integer, number

_EXACT = Context(prec=40)
"""More digits than any number of a meter has, so that scaling never rounds."""
_VALUES = {3: (2,), 4: (2,), 5: (2, 3), 61: (2,)}
"""By class, the attributes with values: of a demand register the current and the last average."""
_SCALER_UNITS = {3: 3, 4: 3, 5: 4, 61: 4}
_TIMES = {4: (5,), 5: (6, 7)}
"""By class, the attributes that are date-times."""


@dataclass(frozen=True)
class ScaledValue:
    """`value` has the scaler applied already; `scaler` (a power of ten) is its resolution."""

    value: Decimal
    scaler: int
    unit: str

    def __str__(self) -> str:
        return f"{self.value:f} {self.unit}".rstrip()


@dataclass(frozen=True)
class ExtendedRegister:
    """A value, its status as the manufacturer defines it, and when it was captured."""

    value: ScaledValue
    status: Data
    capture_time: CosemDateTime


@dataclass(frozen=True)
class DemandRegister:
    """Sliding averages over `number_of_periods` periods of `period` seconds."""

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
        MalformedData: the value is not a number, or the other not a scaler_unit.
    """
    scaler, unit = scaler_and_unit(scaler_unit)
    return scaled(value, scaler, unit)


def scaled(value: Data, scaler: int, unit: str) -> ScaledValue:
    """A value whose scaler and unit are known already.

    Raises:
        MalformedData: it is not a number.
    """
    return ScaledValue(number(value).scaleb(scaler, _EXACT), scaler, unit)


def scaler_attribute(class_id: int, attribute: int = 0) -> int | None:
    """Where the scaler and unit of that attribute's values are; of any value of the class, for attribute 0 (the whole
    object). None if it has none."""
    has_values = attribute == 0 or attribute in _VALUES.get(class_id, ())
    return _SCALER_UNITS.get(class_id) if has_values else None


def holds_value(class_id: int, attribute: int) -> bool:
    """Whether that attribute is a value with scaler and unit."""
    return attribute in _VALUES.get(class_id, ())


def holds_time(class_id: int, attribute: int) -> bool:
    """Whether that attribute of a register is a date-time, such as its capture time."""
    return attribute in _TIMES.get(class_id, ())


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
