"""What a technician can do at a meter: one table with all facts of each activity.

A new activity takes a procedure in `agent/procedures`, a row of `ACTIVITIES`, and its words on the pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from agent.domain.errors import InputError
from agent.domain.group import ADMINISTRATOR_GROUP, ENGINEER_GROUP, MOBILE_GROUP, OPERATOR_GROUP


class Activity(StrEnum):
    """The value is what the command line and every message call it."""

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
    def facts(self) -> "ActivityFacts":
        """Its row in the table."""
        return ACTIVITIES[self]

    @property
    def label(self) -> str:
        """Its name on reports and in the communication log, in English."""
        return self.facts.label


NOBODY: frozenset[str] = frozenset()
FIELD = frozenset({MOBILE_GROUP})
OFFICE = frozenset({OPERATOR_GROUP, ENGINEER_GROUP, ADMINISTRATOR_GROUP})


@dataclass(frozen=True)
class ActivityFacts:
    """All facts of one activity. Kinds are those of the messages in `domain/exchange`.

    label: its name on reports and in the communication log, in English.
    procedure: module and function in `agent/procedures`.
    steps: names in the order in which the technician sees them; a step may be skipped.
    results: kinds of payload that it may end with.
    begun_by: groups that may begin it on a tablet without a work order.
    ordered_by: groups that may order it in SMM.
    order_fields: fields of an order besides activity and meters.
    parameters: kinds of parameters that it takes; `none` if it can do without.
    other_steps: by kind of parameters, the steps where they are not `steps`.
    content_from_smm: what is written into the meter is decided in SMM and never typed at the meter.
    changing: those of `parameters` with which it changes something in the meter. Such a job is journalled, and a
        second one waits until the outcome of the first is known.
    recovery_steps: steps of the function `recover_…` beside the procedure, which finds out what became of a change;
        empty if nothing is ever changed.
    model_needs: keys of a meter model, of which it needs at least one.
    brings_rows: its rows are stored while they come in.
    commercial: it counts as commercial work in reports; the rest is technical work.
    """

    label: str
    procedure: str
    steps: tuple[str, ...]
    results: tuple[str, ...]
    begun_by: frozenset[str] = FIELD
    ordered_by: frozenset[str] = NOBODY
    order_fields: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ("none",)
    other_steps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    content_from_smm: bool = False
    changing: tuple[str, ...] = ()
    recovery_steps: tuple[str, ...] = ()
    model_needs: tuple[str, ...] = ()
    brings_rows: bool = False
    commercial: bool = False

    @property
    def on_tablet(self) -> bool:
        """Whether a technician may begin it without a work order."""
        return bool(self.begun_by)

    @property
    def in_smm(self) -> bool:
        """Whether it can be ordered in SMM."""
        return bool(self.ordered_by)

    def steps_for(self, kind: str) -> tuple[str, ...]:
        """Its steps with parameters of that kind."""
        return self.other_steps.get(kind, self.steps)


ACTIVITIES: Mapping[Activity, ActivityFacts] = {
    Activity.READING: ActivityFacts(
        "Reading",
        procedure="reading.reading",
        steps=(
            "readserial",
            "readclock",
            "readversion",
            "readbreaker",
            "readscalers",
            "readregisters",
            "checksum",
        ),
        results=("reading",),
        ordered_by=OFFICE,
        commercial=True,
    ),
    Activity.DISCONNECT: ActivityFacts(
        "Detachment",
        procedure="breaker.disconnect",
        steps=("readserial", "readcontrolmode", "readbreaker", "switch", "checkbreaker"),
        results=("breaker-change",),
        ordered_by=OFFICE,
        order_fields=("reason",),
        parameters=("detach",),
        changing=("detach",),
        recovery_steps=("readserial", "checkbreaker"),
        model_needs=("objects.disconnect_control",),
        commercial=True,
    ),
    Activity.RECONNECT: ActivityFacts(
        "Reconnection",
        procedure="breaker.reconnect",
        steps=("readserial", "readcontrolmode", "readbreaker", "switch", "checkbreaker"),
        results=("breaker-change",),
        ordered_by=OFFICE,
        order_fields=("reason",),
        parameters=("none", "detach"),
        changing=("none", "detach"),
        recovery_steps=("readserial", "checkbreaker"),
        model_needs=("objects.disconnect_control",),
        commercial=True,
    ),
    Activity.PREPAY_CONFIG: ActivityFacts(
        "Meter Prepayed Configuration",
        procedure="prepay_config.prepay_config",
        steps=("readserial", "readaccount", "setprepayment", "readback"),
        results=("prepay-config",),
        ordered_by=OFFICE,
        order_fields=("profile",),
        parameters=("prepay",),
        content_from_smm=True,
        changing=("prepay",),
        recovery_steps=("readserial", "readback"),
        model_needs=("prepayment",),
    ),
    Activity.CREDIT_READ: ActivityFacts(
        "Meter Credit Read",
        procedure="credit.credit_read",
        steps=("readserial", "readaccount", "readcredit"),
        results=("credit-read",),
        ordered_by=OFFICE,
        model_needs=("prepayment",),
        commercial=True,
    ),
    Activity.CREDIT_CHARGE: ActivityFacts(
        "Meter Credit Charge",
        procedure="charge.charge",
        steps=("readserial", "readaccount", "readcredit", "checktoken", "charge", "readcredit"),
        results=("credit-charge",),
        begun_by=NOBODY,
        ordered_by=OFFICE,
        order_fields=("amount_wh",),
        parameters=("charge",),
        content_from_smm=True,
        changing=("charge",),
        recovery_steps=("readserial", "readcredit", "checktoken"),
        model_needs=("prepayment",),
        commercial=True,
    ),
    Activity.CHANGE: ActivityFacts(
        "Change",
        procedure="supply.change_supply",
        steps=("readserial", "readsupply", "setsupply", "readback"),
        results=("change",),
        begun_by=NOBODY,
        ordered_by=OFFICE,
        order_fields=("tariff", "contract"),
        parameters=("change",),
        content_from_smm=True,
        changing=("change",),
        recovery_steps=("readserial", "readback"),
        model_needs=("objects.activity_calendar", "objects.limiter"),
        commercial=True,
    ),
    Activity.LOAD_PROFILE: ActivityFacts(
        "Load Profile",
        procedure="load_profile.load_profile",
        steps=("readserial", "readcolumns", "readscalers", "readrows"),
        results=("load-profile", "profile-info"),
        ordered_by=OFFICE,
        parameters=("none", "range", "info"),
        other_steps={"info": ("readserial", "readcolumns", "readscalers", "readends")},
        model_needs=("objects.load_profile",),
        brings_rows=True,
    ),
    Activity.INSTANT: ActivityFacts(
        "Instantaneous values",
        procedure="instant.instant",
        steps=("readserial", "readclock", "readvalues"),
        results=("instant",),
        model_needs=("instant",),
    ),
    Activity.EVENTS: ActivityFacts(
        "Event log",
        procedure="events.events",
        steps=("readserial", "readcolumns", "readevents"),
        results=("events",),
        parameters=("none", "range"),
        model_needs=("objects.event_log",),
    ),
    Activity.CLOCK: ActivityFacts(
        "Clock",
        procedure="clock.clock",
        steps=("readserial", "readclock", "setclock", "checkclock"),
        results=("clock",),
        parameters=("none", "clock-set"),
        other_steps={"none": ("readserial", "readclock")},
        changing=("clock-set",),
        recovery_steps=("readserial", "checkclock"),
        model_needs=("objects.clock",),
    ),
}


def parse_activity(text: str) -> Activity:
    """The activity of that name, as on the command line.

    Raises:
        InputError: `unknown-activity`.
    """
    try:
        return Activity(text)
    except ValueError:
        raise InputError(code="unknown-activity", activity=text) from None
