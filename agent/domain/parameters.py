"""What a technician or a work order tells an activity to do, besides the meter."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agent.domain.errors import InputError
from agent.domain.prepayment import PrepayProfile
from agent.domain.tariff import Contract, TariffPlan


@dataclass(frozen=True)
class Nothing:
    """For an activity that needs no parameters."""


NOTHING = Nothing()


@dataclass(frozen=True)
class Detach:
    """Disconnect or reconnect, for this reason."""

    reason: str


@dataclass(frozen=True)
class ChargeCredit:
    """Add `amount_wh` Wh to the credit. `order` is the number of the work order, as text; the token holds it too."""

    amount_wh: int
    token: bytes
    order: str


@dataclass(frozen=True)
class SetPrepayment:
    """Set prepayment up as this profile says."""

    profile: PrepayProfile


@dataclass(frozen=True)
class SetSupply:
    """Set the tariff, the contract, or both; at least one is given."""

    tariff: TariffPlan | None
    contract: Contract | None


@dataclass(frozen=True)
class SetClock:
    """Set the clock. `far_off`: a person confirmed that it may be off by more than ten minutes."""

    far_off: bool


@dataclass(frozen=True)
class ReadRange:
    """Read rows from `first` to `last`, both included and aware.

    `slice_length`: read the range in slices of that length, where only whole answers of the meter can be trusted.

    Raises:
        InputError: `bad-range`; it ends before it begins.
    """

    first: datetime
    last: datetime
    slice_length: timedelta | None = None

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise InputError(code="bad-range")


@dataclass(frozen=True)
class ReadInfo:
    """Read what a load profile holds, not its rows. `since` is the time of the last row that the tablet has."""

    since: datetime | None = None


BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
"""Earlier than any row in a meter."""


def past_range(first: datetime, last: datetime, now: datetime) -> ReadRange:
    """A range to read. Raises InputError `bad-range` if it ends before it begins, or begins in the future."""
    if first > now:
        raise InputError(code="bad-range")
    return ReadRange(first, last)


Parameters = Nothing | Detach | ChargeCredit | SetPrepayment | SetSupply | SetClock | ReadRange | ReadInfo
