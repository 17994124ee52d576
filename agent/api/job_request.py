"""What the page asks to be done, as the parameters that are kept with the job."""

from datetime import datetime

from sqlite_utils import Database

from agent.api.message import PageMessage, Text, UtcText
from agent.domain.activity import parse_activity
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


class StartJob(PageMessage):
    """With an order, its activity and meter are taken, and these must be the same.

    `first` and `last` are the range of a load profile or event log (neither: what is new since the last visit);
    `info` asks for the profile's shape only; `reason` is that of a detachment; `profile` a prepayment profile's name;
    `set_clock` sets it, `far_off` confirms it where it is more than ten minutes out.
    """

    activity: Text
    serial: Text
    order: int | None = None
    first: UtcText | None = None
    last: UtcText | None = None
    info: bool = False
    reason: Text | None = None
    profile: Text | None = None
    set_clock: bool = False
    far_off: bool = False


def parameters_asked(db: Database, request: StartJob) -> JobParameters:
    """The tablet's own parameters; those of a work order come with its claim.

    Raises:
        InputError: `unknown-activity`, `reason-missing`, `unknown-profile`; `bad-input`, for a malformed moment.
    """
    kinds = parse_activity(request.activity).facts.parameters
    if "info" in kinds and request.info:
        return InfoParameters()
    if "clock-set" in kinds and request.set_clock:
        return ClockParameters(far_off=request.far_off)
    if "range" in kinds and (request.first is not None or request.last is not None):
        return RangeParameters(first=_moment(request.first, "first"), last=_moment(request.last, "last"))
    if request.order is not None or "none" in kinds:
        return NoParameters()
    if "prepay" in kinds:
        return PrepayParameters(profile=prepay_profiles.get(db, request.profile or ""))
    return _reason(request.reason or "") if "detach" in kinds else NoParameters()


def _reason(text: str) -> DetachParameters:
    if not text.strip():
        raise InputError(code="reason-missing")
    return DetachParameters(reason=text.strip())


def _moment(text: str | None, field: str) -> datetime | None:
    return None if text is None else parse_moment(text, field)
