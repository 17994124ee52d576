"""When work was done: the tablet's clock is corrected, and doubted where it cannot be right.

A tablet's clock may be anywhere, but the order of its numbers is certain, and so are spans within one run of its
program. No time is after now, whatever was told.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from agent.domain.exchange import Envelope, ExecutionBatch

SLIGHT = timedelta(minutes=5)
OUT_OF_ORDER = timedelta(hours=1)
FAR_OFF = timedelta(days=1)
TOO_OLD = timedelta(days=400)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Doubt(StrEnum):
    """Why a person should look at the time of an outcome."""

    FUTURE = "future"
    SMM_CLOCK = "smm-clock"
    OUT_OF_ORDER = "out-of-order"
    CLOCK_SET = "clock-set"
    TOO_OLD = "too-old"
    FAR_OFF = "far-off"
    BEFORE_CLAIM = "before-claim"


@dataclass(frozen=True)
class Moment:
    """When an outcome was executed, corrected, and when it came in."""

    at: datetime
    came_in: datetime
    doubt: Doubt | None = None

    @property
    def trusted(self) -> datetime | None:
        """`at`, if it can stand as a bound for the work before and after. A clock that is far off may well be even."""
        return self.at if self.doubt in (None, Doubt.FAR_OFF) else None


@dataclass(frozen=True)
class TabletClock:
    """What a batch tells of the tablet's clock; `now` is SMM's time when it came in."""

    batch: ExecutionBatch
    now: datetime

    def moment(self, envelope: Envelope, earliest: datetime | None, latest: datetime | None) -> Moment:
        """The envelope's time. By the tablet's numbers it is not before `earliest`, nor after `latest`."""
        after_now = earliest is not None and earliest > self.now + SLIGHT
        if after_now:
            earliest = None  # SMM's own clock was ahead once, or is behind now
        low, high = earliest or _FIRST, min(latest or _LAST, self.now)
        estimates = self._estimates(envelope)
        best = next((each for each in estimates if _between(each, low, high)), estimates[0])
        doubt = Doubt.SMM_CLOCK if after_now else self._doubt(envelope, best, estimates, low, high)
        return Moment(min(max(best, low), high), self.now, doubt)

    def _estimates(self, envelope: Envelope) -> list[datetime]:
        """The best one first."""
        batch, told = self.batch, envelope.executed_at
        if envelope.run is not None and envelope.run == batch.run:
            span = (batch.uptime_s or 0) - (envelope.uptime_s or 0)
            if batch.uptime_s is not None and envelope.uptime_s is not None and span >= 0:
                return [_earlier(self.now, span)]
        found = []
        if (drift := self._drift()) is not None:
            found.append(_earlier(told, drift))
        if envelope.clock_drift_s is not None:
            found.append(_earlier(told, envelope.clock_drift_s))
        return found or [told]

    def _drift(self) -> float | None:
        """Tablet time minus SMM time, in seconds, as this call shows it."""
        return None if self.batch.sent_at is None else (self.batch.sent_at - self.now).total_seconds()

    def _doubt(
        self, envelope: Envelope, best: datetime, estimates: list[datetime], low: datetime, high: datetime
    ) -> Doubt | None:
        drift = self._drift()
        if drift is None:
            drift = envelope.clock_drift_s or 0
        if best > self.now + SLIGHT:
            return Doubt.FUTURE
        if not _between(best, low, high):
            return Doubt.OUT_OF_ORDER
        if max(estimates) - min(estimates) > OUT_OF_ORDER:
            return Doubt.CLOCK_SET
        if best < self.now - TOO_OLD:
            return Doubt.TOO_OLD
        return Doubt.FAR_OFF if abs(drift) > FAR_OFF.total_seconds() else None


def _between(moment: datetime, low: datetime, high: datetime) -> bool:
    """Roughly: clocks drift a little, and a batch takes a while to arrive."""
    return moment - _FIRST >= low - _FIRST - OUT_OF_ORDER and high - moment >= -OUT_OF_ORDER


def _earlier(moment: datetime, seconds: float) -> datetime:
    """Kept inside the calendar, since a tablet may tell any number."""
    try:
        return moment - timedelta(seconds=seconds)
    except OverflowError:
        return _FIRST if seconds > 0 else _LAST
