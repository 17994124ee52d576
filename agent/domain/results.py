"""Results of activities; that of a reading stands in `reading`. Numbers are exact, and None is what is not known.

`warnings` are codes of what was odd about the meter; their words are in `words/warnings`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from agent.domain.prepayment import CreditState, PrepayProfile
from agent.domain.reading import Breaker, MeterReading, Quantity


@dataclass(frozen=True)
class InstantValues:
    """What the meter measures now: `quantities` maps `u1`, `i1`, `p` and so on, in order, to exact values."""

    serial: str
    quantities: dict[str, Quantity]
    meter_time: datetime | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClockCheck:
    """`drift_s` is meter time minus tablet time, in seconds; `status` are the words for the bits of the clock status.

    `drift_after_s` is the drift after the clock was set; None if it was not set.
    """

    serial: str
    meter_time: datetime | None
    drift_s: int | None
    status: tuple[str, ...]
    drift_after_s: int | None = None
    warnings: tuple[str, ...] = ()


Cell = Decimal | int | str | datetime | None
"""One value in a row of a profile."""


@dataclass(frozen=True)
class ProfileChannel:
    """A column: its name `class/logical name/attribute`; for a register, also the scaler and unit of its values."""

    name: str
    scaler: int | None
    unit: str | None


@dataclass(frozen=True)
class LoadProfile:
    """Rows of one profile in a range of time, in the meter's order, with a cell for each channel.

    Cells of channels with a scaler are exact quantities. `rows_held` is how many rows the meter has in all,
    `oldest_first` whether it gives them in that order. `seconds` is an estimate of how long reading takes, where more
    than the range has to be read. `warnings` are codes such as `rows-set-aside`.
    """

    serial: str
    channels: tuple[ProfileChannel, ...]
    capture_period_s: int
    rows: Sequence[tuple[Cell, ...]]
    rows_held: int | None = None
    oldest_first: bool = True
    seconds: int | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProfileInfo:
    """What a load profile holds: its columns, number of rows, and the times of its first and last row.

    `since` is the time of the last row that this tablet has, `new_rows` an estimate of the meter's rows after it, and
    `new_seconds` an estimate of how long those take at 9,600 baud.
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
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class EventEntry:
    """An entry of the event log: the meter's own `code`, and a text for it if there is one."""

    at: datetime | None
    code: int
    text: str | None


@dataclass(frozen=True)
class EventLog:
    """Entries of a meter's event log, oldest first. `warnings` are codes such as `rows-set-aside`."""

    serial: str
    entries: tuple[EventEntry, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class BreakerChange:
    """The breaker before and after. Outcome `ready`: the customer has to press the meter's button to reconnect."""

    serial: str
    before: Breaker
    after: Breaker
    outcome: Literal["disconnected", "connected", "ready"]
    reason: str | None = None


@dataclass(frozen=True)
class CreditRead:
    """The credit as it was read."""

    serial: str
    credit: CreditState


@dataclass(frozen=True)
class CreditCharge:
    """The credit before and after a charge, in Wh; `before_wh` is None if the meter already had the charge.

    `token_id` (hex) and `token_status` (the gateway's, in words) are None for a meter without a token gateway.
    """

    serial: str
    amount_wh: int
    before_wh: int | None
    after_wh: int
    token_id: str | None
    token_status: str | None


@dataclass(frozen=True)
class PrepayConfigured:
    """`read_back` is what the meter holds after it was set up; `is_prepay`, whether it is in prepayment mode now."""

    serial: str
    profile: PrepayProfile
    read_back: CreditState
    unit_charge: int
    is_prepay: bool


@dataclass(frozen=True)
class SupplyChange:
    """Tariff, and contracted power in W, before and after; None for what was not to be changed."""

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
