"""What an activity needs to know beyond the meter it is for."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agent.domain.errors import InputError
from agent.domain.prepayment import PrepayProfile
from agent.domain.tariff import Contract, TariffPlan


@dataclass(frozen=True)
class Nothing:
    """For an activity that needs to know nothing more."""


NOTHING = Nothing()


@dataclass(frozen=True)
class Detach:
    reason: str


@dataclass(frozen=True)
class ChargeCredit:
    """`order` is the number of the work order, as text; it stands in the token too."""

    amount_wh: int
    token: bytes
    order: str


@dataclass(frozen=True)
class SetPrepayment:
    profile: PrepayProfile


@dataclass(frozen=True)
class SetSupply:
    """At least one of the two."""

    tariff: TariffPlan | None
    contract: Contract | None


@dataclass(frozen=True)
class SetClock:
    """`far_off`: it was confirmed that the clock may be more than ten minutes out."""

    far_off: bool


@dataclass(frozen=True)
class ReadRange:
    """Both ends included; aware. `slice_length` where the association can only believe whole answers."""

    first: datetime
    last: datetime
    slice_length: timedelta | None = None

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise InputError(code="bad-range")


@dataclass(frozen=True)
class ReadInfo:
    """Only what a load profile holds; `since` is the last row that is here already."""

    since: datetime | None = None


BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
"""Before anything that a meter holds."""


def past_range(first: datetime, last: datetime, now: datetime) -> ReadRange:
    """Raises: InputError `bad-range`, if it ends before it begins, or lies in the future."""
    if first > now:
        raise InputError(code="bad-range")
    return ReadRange(first, last)


Parameters = Nothing | Detach | ChargeCredit | SetPrepayment | SetSupply | SetClock | ReadRange | ReadInfo
