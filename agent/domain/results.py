"""What activities bring, besides a reading: typed, exact, and in the words of the field."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from agent.domain.prepayment import CreditState, PrepayProfile
from agent.domain.reading import Breaker, MeterReading, Quantity


@dataclass(frozen=True)
class InstantValues:
    """What the meter measures now; `quantities` maps `u1`, `i1`, `p` and so on, in order, to exact values."""

    serial: str
    quantities: dict[str, Quantity]
    meter_time: datetime | None


@dataclass(frozen=True)
class ClockCheck:
    """`drift_s` is meter time minus tablet time, in seconds; `status` is what the clock says of itself, in words.

    `drift_after_s` is none where the clock was not set.
    """

    serial: str
    meter_time: datetime | None
    drift_s: int | None
    status: tuple[str, ...]
    drift_after_s: int | None = None


Cell = Decimal | int | str | datetime | None


@dataclass(frozen=True)
class ProfileChannel:
    """A column: `class/logical name/attribute`, and the scaler and unit of its values where it is a register."""

    name: str
    scaler: int | None
    unit: str | None


@dataclass(frozen=True)
class LoadProfile:
    """Rows of one profile in a range of time, in the meter's order; a cell for each channel, exact where it has a
    scaler. `rows_held` is how many the meter has in all, where it tells."""

    serial: str
    channels: tuple[ProfileChannel, ...]
    capture_period_s: int
    rows: Sequence[tuple[Cell, ...]]
    rows_held: int | None = None


@dataclass(frozen=True)
class ProfileInfo:
    """GET INFO of a profile: its shape, and the time of its first and last row where it holds any.

    `since` is the last row that this tablet has; `new_rows` the meter's estimated number of rows after it, and
    `new_seconds` how long these take at 9,600 baud; None where they cannot be told.
    """

    serial: str
    channels: tuple[ProfileChannel, ...]
    capture_period_s: int
    rows_held: int
    first: datetime | None
    last: datetime | None
    since: datetime | None = None
    new_rows: int | None = None
    new_seconds: int | None = None


@dataclass(frozen=True)
class EventEntry:
    """`code` is the meter's; `text` a name for it in `words/` where the model gives one."""

    at: datetime | None
    code: int
    text: str | None


@dataclass(frozen=True)
class EventLog:
    """Oldest first."""

    serial: str
    entries: tuple[EventEntry, ...]


@dataclass(frozen=True)
class BreakerChange:
    """`ready` is *ready for reconnection*: the customer must press the meter's button."""

    serial: str
    before: Breaker
    after: Breaker
    outcome: Literal["disconnected", "connected", "ready"]
    reason: str | None = None


@dataclass(frozen=True)
class CreditRead:
    serial: str
    credit: CreditState


@dataclass(frozen=True)
class CreditCharge:
    """`token_status` is what the gateway says of this token, in words; none for a meter without a gateway.

    `before_wh` is none where the meter had the charge already.
    """

    serial: str
    amount_wh: int
    before_wh: int | None
    after_wh: int
    token_id: str | None
    token_status: str | None


@dataclass(frozen=True)
class PrepayConfigured:
    """`read_back` is what the meter says after it was set; `is_prepay` whether it is in prepayment now."""

    serial: str
    profile: PrepayProfile
    read_back: CreditState
    unit_charge: int
    is_prepay: bool


@dataclass(frozen=True)
class SupplyChange:
    """Names and thresholds before and after; none for what was not changed."""

    serial: str
    tariff_before: str | None
    tariff_after: str | None
    contract: str | None
    threshold_before_w: int | None
    threshold_after_w: int | None


Result = (
    MeterReading
    | InstantValues
    | ClockCheck
    | LoadProfile
    | ProfileInfo
    | EventLog
    | BreakerChange
    | CreditRead
    | CreditCharge
    | PrepayConfigured
    | SupplyChange
)
