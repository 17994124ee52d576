"""Which activities can be carried out with a meter model, and what its file lacks for the others."""

from dataclasses import dataclass

from agent.domain.activity import Activity
from agent.meters.model import MeterModel, Model


@dataclass(frozen=True)
class ActivityCheck:
    """Whether an activity can be carried out.

    `lacks` are the keys that the file would need for it; `notes` say what it cannot do, in English.
    """

    activity: Activity
    lacks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def can_be_done(self) -> bool:
        """Whether nothing is missing."""
        return not self.lacks


NO_LIST = "no used_tokens: where a token is refused, a person may have to decide"
BY_SUM = "no token_gateway: charged through the credit, of which a small sum is refused"
NO_EMERGENCY = "no emergency_credit: profiles with one are refused"
IN_THE_READOUT = "only what the meter puts into its readout"
NO_CALENDAR, NO_LIMITER = "no activity_calendar: no tariff", "no limiter: no contract"


_READOUT = {
    Activity.READING: ActivityCheck(Activity.READING),
    Activity.LOAD_PROFILE: ActivityCheck(Activity.LOAD_PROFILE, notes=(IN_THE_READOUT,)),
}


def checkup(model: Model) -> list[ActivityCheck]:
    """A check of each activity, in the order of `Activity`."""
    if not isinstance(model, MeterModel):
        return [_READOUT.get(each, ActivityCheck(each, ("a DLMS association",))) for each in Activity]
    return [_check(model, activity) for activity in Activity]


def _check(model: MeterModel, activity: Activity) -> ActivityCheck:
    needs = activity.facts.model_needs
    if needs and not any(getattr(model, key.rpartition(".")[2]) for key in needs):
        return ActivityCheck(activity, (" or ".join(needs),))
    if activity is Activity.CREDIT_CHARGE:
        return ActivityCheck(activity, *_charging(model))
    return ActivityCheck(activity, notes=_notes(model, activity))


def _charging(model: MeterModel) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is missing, and notes: by a token gateway, or by a sum, which needs the objects that guard it."""
    objects = model.prepayment
    assert objects is not None
    if objects.token_gateway is not None:
        return (), () if objects.used_tokens else (NO_LIST,)
    guards = {"prepayment.charge": objects.charge, "prepayment.max_power_w": objects.max_power_w}
    return tuple(key for key, value in guards.items() if not value), (BY_SUM,)


def _notes(model: MeterModel, activity: Activity) -> tuple[str, ...]:
    notes: dict[Activity, list[tuple[str, object]]] = {
        Activity.PREPAY_CONFIG: [(NO_EMERGENCY, model.prepayment and model.prepayment.emergency_credit)],
        Activity.CHANGE: [(NO_CALENDAR, model.activity_calendar), (NO_LIMITER, model.limiter)],
        Activity.READING: [(f"no {name}", name in model.tariffs) for name in ("t1", "t2", "t3", "t4", "t5", "t6")],
    }
    return tuple(note for note, is_there in notes.get(activity, []) if not is_there)
