"""What somebody wants done at a meter, checked before anything is begun."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlite_utils import Database

from agent.domain.activity import POLICY, Activity, parse_activity
from agent.domain.errors import InputError
from agent.domain.exchange import Claim, JobParameters, NoParameters
from agent.domain.serial import parse_serial
from agent.store import attempts, orders, settings
from agent.store.settings import Setting

WRITING = frozenset(
    {Activity.DISCONNECT, Activity.RECONNECT, Activity.PREPAY_CONFIG, Activity.CREDIT_CHARGE, Activity.CHANGE}
)
"""These change what a customer has: one at a time at a meter, and none before the last one's outcome is known."""


LONGEST_CHARGE = timedelta(minutes=15)
"""No charge is begun that may last longer than its lease: when that is over, somebody may send another tablet."""
_NEEDED = {
    Activity.DISCONNECT: "detach",
    Activity.PREPAY_CONFIG: "prepay",
    Activity.CREDIT_CHARGE: "charge",
    Activity.CHANGE: "change",
}
"""Kinds of parameters without which nothing can be begun."""


@dataclass(frozen=True)
class JobRequest:
    """`parameters` are the tablet's own; with an `order`, that order's count, and activity and meter must be its.

    GET INFO is a look, and never an order's outcome.
    """

    activity: str
    serial: str
    user: str
    order: int | None = None
    parameters: JobParameters = field(default_factory=NoParameters)


@dataclass(frozen=True)
class CheckedRequest:
    activity: Activity
    serial: str
    user: str
    claim: Claim | None
    parameters: JobParameters

    @property
    def changes_the_meter(self) -> bool:
        return self.activity in WRITING or self.parameters.kind == "clock-set"


def check(db: Database, wish: JobRequest, now: datetime) -> CheckedRequest:
    """The wish, if it may be begun as far as this tablet knows. `now` is the tablet's time.

    Raises:
        InputError: unknown activity, malformed serial number; `bad-input`, something that it needs is missing;
            `activity-from-smm`, `order-unknown`, `order-gone`, `order-lease-over`, `order-other`, `outcome-open`.
    """
    activity, serial = parse_activity(wish.activity), parse_serial(wish.serial)
    only_looks = wish.parameters.kind == "info"
    claim = None if wish.order is None or only_looks else _claim(db, wish.order, activity, serial, now)
    if claim is None and not POLICY[activity].on_tablet:
        raise InputError(code="activity-from-smm", activity=activity.label)
    checked = CheckedRequest(activity, serial, wish.user, claim, wish.parameters if claim is None else claim.parameters)
    if checked.parameters.kind != _NEEDED.get(activity, checked.parameters.kind):
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
