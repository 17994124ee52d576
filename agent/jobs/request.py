"""What a technician asks to be done at a meter, checked before anything is begun."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlite_utils import Database

from agent.domain.activity import Activity, parse_activity
from agent.domain.errors import InputError
from agent.domain.exchange import Claim, JobParameters, NoParameters
from agent.domain.group import MOBILE_GROUP
from agent.domain.serial import parse_serial
from agent.store import attempts, orders, settings
from agent.store.settings import Setting

LONGEST_CHARGE = timedelta(minutes=15)
"""No charge is begun that may outlast its lease: after that SMM may give the order to another tablet."""


@dataclass(frozen=True)
class JobRequest:
    """`user` and their `group`. With an `order`, activity and meter must be the order's, and its parameters count.

    GET INFO only looks, and is never the outcome of an order.
    """

    activity: str
    serial: str
    user: str
    order: int | None = None
    parameters: JobParameters = field(default_factory=NoParameters)
    group: str = MOBILE_GROUP


@dataclass(frozen=True)
class CheckedRequest:
    """A request that may be begun; `claim` is that of its work order."""

    activity: Activity
    serial: str
    user: str
    claim: Claim | None
    parameters: JobParameters

    @property
    def changes_the_meter(self) -> bool:
        """Whether the job needs a journal."""
        return self.parameters.kind in self.activity.facts.changing


def check(db: Database, request: JobRequest, now: datetime) -> CheckedRequest:
    """The request, if it may be begun as far as this tablet knows. `now` is the tablet's time.

    Raises:
        InputError: unknown activity, malformed serial number; `bad-input`, something that it needs is missing;
            `activity-from-smm`, `order-unknown`, `order-gone`, `order-lease-over`, `order-other`, `outcome-open`.
    """
    activity, serial = parse_activity(request.activity), parse_serial(request.serial)
    only_looks = request.parameters.kind == "info"
    claim = None if request.order is None or only_looks else _claim(db, request.order, activity, serial, now)
    if claim is None and request.group not in activity.facts.begun_by:
        raise InputError(code="activity-from-smm", activity=activity.label)
    parameters = request.parameters if claim is None else claim.parameters
    checked = CheckedRequest(activity, serial, request.user, claim, parameters)
    if parameters.kind not in activity.facts.parameters:
        raise InputError(code="bad-input", field=activity.label)
    if checked.changes_the_meter and attempts.open_at(db, serial) is not None:
        raise InputError(code="outcome-open", serial=serial)
    return checked


def _claim(db: Database, order: int, activity: Activity, serial: str, now: datetime) -> Claim:
    held = orders.get(db, order)
    if held.gone is not None:
        raise InputError(code=held.gone, order=order)
    if (held.claim.order.activity, held.claim.order.serial) != (activity, serial):
        raise InputError(code="order-other", order=order)
    if activity is Activity.CREDIT_CHARGE and held.claim.lease_until <= _time_of_smm(db, now) + LONGEST_CHARGE:
        raise InputError(code="order-lease-over", order=order)
    return held.claim


def _time_of_smm(db: Database, now: datetime) -> datetime:
    return now - timedelta(seconds=settings.get_number(db, Setting.CLOCK_DRIFT) or 0)
