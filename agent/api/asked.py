"""What the page asks to be done, as the parameters that are kept with the job."""

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
from agent.domain.moments import parse_moment
from agent.store import prepay_profiles


def parameters_asked(db: Database, wish: StartJob) -> JobParameters:
    """The tablet's own parameters; those of a work order come with its claim.

    Raises:
        InputError: `unknown-activity`, `reason-missing`, `unknown-profile`; `bad-input`, for a moment that is none.
    """
    match parse_activity(wish.activity):
        case Activity.LOAD_PROFILE if wish.info:
            return InfoParameters()
        case Activity.LOAD_PROFILE:
            return _range(wish)
        case Activity.EVENTS:
            return RangeParameters(first=_moment(wish.first, "first"), last=_moment(wish.last, "last"))
        case Activity.DISCONNECT if wish.order is None:
            return _detach(wish.reason or "")
        case Activity.CLOCK if wish.set_clock:
            return ClockParameters(far_off=wish.far_off)
        case Activity.PREPAY_CONFIG if wish.order is None:
            return PrepayParameters(profile=prepay_profiles.get(db, wish.profile or ""))
        case _:
            return NoParameters()


def _range(wish: StartJob) -> NoParameters | RangeParameters:
    """Nothing chosen means what is new since the last visit."""
    if wish.first is None and wish.last is None:
        return NoParameters()
    return RangeParameters(first=_moment(wish.first, "first"), last=_moment(wish.last, "last"))


def _detach(reason: str) -> DetachParameters:
    if not reason.strip():
        raise InputError(code="reason-missing")
    return DetachParameters(reason=reason.strip())


def _moment(text: str | None, field: str) -> datetime | None:
    return None if text is None else parse_moment(text, field)
