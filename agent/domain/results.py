"""What activities bring, besides a reading: typed, exact, and in the words of the field."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.domain.reading import MeterReading, Quantity


@dataclass(frozen=True)
class InstantValues:
    """What the meter measures now; `quantities` maps `u1`, `i1`, `p` and so on, in order, to exact values."""

    serial: str
    quantities: dict[str, Quantity]
    meter_time: datetime | None


@dataclass(frozen=True)
class ClockCheck:
    """`drift_s` is meter time minus tablet time, in seconds; `status` is what the clock says of itself, in words."""

    serial: str
    meter_time: datetime | None
    drift_s: int | None
    status: tuple[str, ...]


@dataclass(frozen=True)
class ProfileChannel:
    """A column: `class/logical name/attribute`, and the scaler and unit of its values where it is a register."""

    name: str
    scaler: int | None
    unit: str | None


@dataclass(frozen=True)
class LoadProfile:
    """Rows of one profile in a range of time, oldest first; a cell for each channel, exact where it has a scaler."""

    serial: str
    channels: tuple[ProfileChannel, ...]
    capture_period_s: int
    rows: Sequence[tuple[Any, ...]]


Result = MeterReading | InstantValues | ClockCheck | LoadProfile
