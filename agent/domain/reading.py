"""A reading: the values of a meter's registers at one moment."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import IntEnum


class BreakerState(IntEnum):
    """Control states of a Disconnect control (IEC 62056-6-2:2017, class_id 70, attribute 3)."""

    DISCONNECTED = 0
    CONNECTED = 1
    READY_FOR_RECONNECTION = 2


@dataclass(frozen=True)
class Quantity:
    """A register's exact value, scaler applied; one step of its resolution is `10 ** scaler` of `unit`."""

    obis: str
    value: Decimal
    scaler: int
    unit: str


@dataclass(frozen=True)
class Breaker:
    """`output` is the physical state of the switch, `control` the logical one; None if the meter does not give it."""

    control: BreakerState | None
    output: bool | None


@dataclass(frozen=True)
class MeterReading:
    """T1…T6 and the total of active energy, with clock, firmware version and breaker at that moment.

    `tariffs` maps `t1`…`t6`, in order, to quantities; registers that the meter does not have are absent.
    `drift_s` is meter time minus tablet time, in seconds. `warnings` are codes such as `sum-mismatch`.
    """

    serial: str
    tariffs: dict[str, Quantity]
    total: Quantity
    meter_time: datetime | None
    drift_s: int | None
    app_version: str | None
    breaker: Breaker | None
    warnings: tuple[str, ...] = ()
