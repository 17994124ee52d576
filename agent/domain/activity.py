"""What a technician can do at a meter, and where it may be asked for."""

from dataclasses import dataclass
from enum import StrEnum

from agent.domain.errors import InputError


class Activity(StrEnum):
    """The value is the word of the command line and of every message; `label` is the manual's name."""

    READING = "reading"
    DISCONNECT = "disconnect"
    RECONNECT = "reconnect"
    PREPAY_CONFIG = "prepay-config"
    CREDIT_READ = "credit-read"
    CREDIT_CHARGE = "credit-charge"
    CHANGE = "change"
    LOAD_PROFILE = "load-profile"
    INSTANT = "instant"
    EVENTS = "events"
    CLOCK = "clock"

    @property
    def label(self) -> str:
        return _TITLES[self]


_TITLES = {
    Activity.READING: "Reading",
    Activity.DISCONNECT: "Detachment",
    Activity.RECONNECT: "Reconnection",
    Activity.PREPAY_CONFIG: "Meter Prepayed Configuration",
    Activity.CREDIT_READ: "Meter Credit Read",
    Activity.CREDIT_CHARGE: "Meter Credit Charge",
    Activity.CHANGE: "Change",
    Activity.LOAD_PROFILE: "Load Profile",
    Activity.INSTANT: "Instantaneous values",
    Activity.EVENTS: "Event log",
    Activity.CLOCK: "Clock",
}


@dataclass(frozen=True)
class ActivityPolicy:
    """Where an activity may be made, and whether it is commercial work (else technical)."""

    on_tablet: bool
    in_smm: bool
    commercial: bool


POLICY = {
    Activity.READING: ActivityPolicy(on_tablet=True, in_smm=True, commercial=True),
    Activity.DISCONNECT: ActivityPolicy(on_tablet=True, in_smm=True, commercial=True),
    Activity.RECONNECT: ActivityPolicy(on_tablet=True, in_smm=True, commercial=True),
    Activity.PREPAY_CONFIG: ActivityPolicy(on_tablet=True, in_smm=True, commercial=False),
    Activity.CREDIT_READ: ActivityPolicy(on_tablet=True, in_smm=True, commercial=True),
    Activity.CREDIT_CHARGE: ActivityPolicy(on_tablet=False, in_smm=True, commercial=True),
    Activity.CHANGE: ActivityPolicy(on_tablet=False, in_smm=True, commercial=True),
    Activity.LOAD_PROFILE: ActivityPolicy(on_tablet=True, in_smm=True, commercial=False),
    Activity.INSTANT: ActivityPolicy(on_tablet=True, in_smm=False, commercial=False),
    Activity.EVENTS: ActivityPolicy(on_tablet=True, in_smm=False, commercial=False),
    Activity.CLOCK: ActivityPolicy(on_tablet=True, in_smm=False, commercial=False),
}


def parse_activity(text: str) -> Activity:
    """The activity of that name.

    Raises:
        InputError: `unknown-activity`.
    """
    try:
        return Activity(text)
    except ValueError:
        raise InputError(code="unknown-activity", activity=text) from None
