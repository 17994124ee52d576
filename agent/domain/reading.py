"""A reading: what the registers of a meter stood at, at one moment."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import IntEnum


class BreakerState(IntEnum):
    """States of a disconnect control (IEC 62056-6-2, class 70, attribute 3)."""

    DISCONNECTED = 0
    CONNECTED = 1
    READY_FOR_RECONNECTION = 2


@dataclass(frozen=True)
class Quantity:
    """A register's exact value: `value` already has the scaler applied, `scaler` says its resolution."""

    obis: str
    value: Decimal
    scaler: int
    unit: str


@dataclass(frozen=True)
class Breaker:
    """`output` is the physical state of the switch, `control` the logical one; None where not told."""

    control: BreakerState | None
    output: bool | None


@dataclass(frozen=True)
class MeterReading:
    """T1…T6 and the total of active energy, with what belongs to the moment of reading.

    `tariffs` maps `t1`…`t6` to a quantity, in order; a register that the model does not have is absent.
    `drift_s` is meter time minus tablet time, in seconds. `warnings` are codes, e.g. `sum-mismatch`.
    """

    serial: str
    tariffs: dict[str, Quantity]
    total: Quantity
    meter_time: datetime | None
    drift_s: int | None
    app_version: str | None
    breaker: Breaker | None
    warnings: tuple[str, ...] = ()
