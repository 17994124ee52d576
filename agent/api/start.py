"""What the page asks for with a new job, as the parameters that are kept with it."""

from datetime import datetime

from sqlite_utils import Database

from agent.api.messages import StartJob
from agent.domain.activity import Activity, parse_activity
from agent.domain.errors import InputError
from agent.domain.exchange import (
    ClockParameters,
    DetachParameters,
    InfoParameters,
    JobParameters,
    NoParameters,
    PrepayParameters,
    RangeParameters,
)
from agent.domain.parameters import past_range
from agent.store import prepay_profiles

BEGINNING = datetime(2000, 1, 1).astimezone()


def parameters_of_wish(db: Database, wish: StartJob, now: datetime) -> JobParameters:
    """The tablet's own parameters; those of a work order come with its claim.

    Raises:
        InputError: `unknown-activity`, `reason-missing`, `unknown-profile`, `bad-range`, `bad-input`.
    """
    match parse_activity(wish.activity):
        case Activity.LOAD_PROFILE if wish.info:
            return InfoParameters()
        case Activity.LOAD_PROFILE:
            return _range(wish, now)
        case Activity.EVENTS:
            chosen = _range(wish, now)
            return chosen if chosen.first else RangeParameters(first=BEGINNING, last=now)
        case Activity.DISCONNECT if wish.order is None:
            if not (wish.reason or "").strip():
                raise InputError(code="reason-missing")
            return DetachParameters(reason=str(wish.reason).strip())
        case Activity.CLOCK if wish.set_clock:
            return ClockParameters(far_off=wish.far_off)
        case Activity.PREPAY_CONFIG if wish.order is None:
            return PrepayParameters(profile=prepay_profiles.get(db, wish.profile or ""))
        case _:
            return NoParameters()


def _range(wish: StartJob, now: datetime) -> RangeParameters:
    """Both ends or none; a range that is chosen lies in the past."""
    if wish.first is None and wish.last is None:
        return RangeParameters()
    last = now if wish.last is None else _moment(wish.last)
    chosen = past_range(BEGINNING if wish.first is None else _moment(wish.first), last, now)
    return RangeParameters(first=chosen.first, last=chosen.last)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise InputError(code="bad-input", field="first, last") from None
