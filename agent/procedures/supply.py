"""Tariff and contract: a calendar, and a limiter's threshold as contracted power.

IEC 62056-6-2:2017: Activity calendar (class_id 20) and Limiter (class_id 71).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from agent.dlms import AttributeDescriptor, Data, MethodDescriptor, Obis, Tag
from agent.dlms.cosem.registers import register
from agent.dlms.cosem.tables.supply import LIMITER
from agent.dlms.cosem.tables.timing import ACTIVITY_CALENDAR
from agent.dlms.cosem.values import elements, integer, logical_name, text
from agent.domain import parameters as wanted
from agent.domain.activity import Activity
from agent.domain.errors import InputError, MalformedData
from agent.domain.parameters import Parameters
from agent.domain.results import SupplyChange
from agent.domain.tariff import Contract, TariffPlan
from agent.meters import MeterModel
from agent.procedures.calendar import plan_parts, read_plan
from agent.procedures.configuring import NO_PARAMETER, Change, Changes, make_changes, number_like, require_made, verdict
from agent.procedures.dialogue import Dialogue, Evidence, Steps, Verdict
from agent.procedures.identify import identify
from agent.procedures.values import attributes, missing, read_all, required_name

_PARTS = ("calendar_name", "season_profile", "week_profile_table", "day_profile_table")
_ACTIVE, _PASSIVE = (
    tuple(ACTIVITY_CALENDAR.index_of(f"{part}_{which}") for part in _PARTS) for which in ("active", "passive")
)
_ACTIVATE = 1
_MONITORED, _NORMAL = LIMITER.index_of("monitored_value"), LIMITER.index_of("threshold_normal")
_SCALER_UNIT: Mapping[int, int] = {3: 3, 4: 3, 5: 4}
"""By class of a register, the attribute with its scaler and unit."""


@dataclass(frozen=True)
class _Limit:
    """The normal threshold in the meter's own data type, in steps of `10 ** scaler` W."""

    raw: Data
    scaler: int

    @property
    def watts(self) -> int:
        return int(Decimal(integer(self.raw)).scaleb(self.scaler))


@dataclass(frozen=True)
class _Held:
    """What the meter holds; None for what is not to be changed and so was not read."""

    calendar: tuple[Data, ...] | None
    limit: _Limit | None


def change_supply(model: MeterModel, serial: str | None, parameters: Parameters) -> Dialogue[SupplyChange]:
    """Sets the passive calendar and activates it, sets the threshold, and reads both back.

    Raises:
        InputError: `value-not-for-meter`; nothing was done.
        OtherMeter: the meter in front has another serial number.
        AccessRefused: it has no calendar or no limiter, or does not give it; nothing was done.
        ChangeRefused: the meter did not take a value.
        RemoteRefusal: `read-back-differs`.
    """
    assert isinstance(parameters, wanted.SetSupply)
    step = Steps(Activity.CHANGE.facts.steps)
    yield step("readserial")
    found = yield from identify(model, serial)
    yield step("readsupply")
    before = yield from _held(model, parameters)
    changes = _differing(model, parameters, before)
    yield step("setsupply")
    yield from make_changes(changes, _evidence(before))
    yield step("readback")
    after = yield from _held(model, parameters)
    require_made(_differing(model, parameters, after))
    return _result(found, parameters, _evidence(before), after)


def recover_change_supply(
    model: MeterModel, serial: str | None, parameters: Parameters, evidence: Evidence
) -> Dialogue[Verdict[SupplyChange]]:
    """What is in force now tells what became of the change. Raises OtherMeter, AccessRefused."""
    assert isinstance(parameters, wanted.SetSupply)
    step = Steps(Activity.CHANGE.facts.recovery_steps)
    yield step("readserial")
    found = yield from identify(model, serial)
    yield step("readback")
    after = yield from _held(model, parameters)
    left = _differing(model, parameters, after)
    return verdict(left, evidence, _result(found, parameters, evidence, after))


def _held(model: MeterModel, parameters: wanted.SetSupply) -> Dialogue[_Held]:
    calendar = limit = None
    if parameters.tariff is not None:
        name = required_name(model.activity_calendar, "activity calendar")
        calendar, _ = yield from read_all(attributes(ACTIVITY_CALENDAR.class_id, name, *_ACTIVE))
    if parameters.contract is not None:
        limit = yield from _limit(required_name(model.limiter, "limiter"))
    return _Held(calendar, limit)


def _limit(name: str) -> Dialogue[_Limit]:
    """The threshold, which is in the unit of the monitored value; that has to be active power in W."""
    (monitored, raw), _ = yield from read_all(attributes(LIMITER.class_id, name, _MONITORED, _NORMAL))
    class_id, watched, _number = elements(monitored, Tag.STRUCTURE, 3)
    if integer(class_id) not in _SCALER_UNIT:
        raise missing("power in W at the limiter")
    power = AttributeDescriptor(integer(class_id), logical_name(watched), _SCALER_UNIT[integer(class_id)])
    (scaler_unit,), _ = yield from read_all((power,))
    threshold = register(raw, scaler_unit)
    if threshold.unit != "W":
        raise missing("power in W at the limiter")
    return _Limit(raw, threshold.scaler)


def _differing(model: MeterModel, parameters: wanted.SetSupply, held: _Held) -> Changes:
    return (*_new_calendar(model, parameters.tariff, held), *_new_threshold(model, parameters.contract, held))


def _new_calendar(model: MeterModel, plan: TariffPlan | None, held: _Held) -> Changes:
    if plan is None or held.calendar is None or _is_in_force(plan, held.calendar):
        return ()
    name = Obis.parse(required_name(model.activity_calendar, "activity calendar"))
    parts: tuple[Change, ...] = tuple(
        (AttributeDescriptor(ACTIVITY_CALENDAR.class_id, name, number), part)
        for number, part in zip(_PASSIVE, plan_parts(plan), strict=True)
    )
    return (*parts, (MethodDescriptor(ACTIVITY_CALENDAR.class_id, name, _ACTIVATE), NO_PARAMETER))


def _is_in_force(plan: TariffPlan, calendar: tuple[Data, ...]) -> bool:
    """Whether the calendar is this plan; one that no tariff plan can express is not."""
    name, seasons, weeks, days = calendar
    try:
        return read_plan(name, seasons, weeks, days) == plan
    except MalformedData:
        return False


def _new_threshold(model: MeterModel, contract: Contract | None, held: _Held) -> Changes:
    if contract is None or held.limit is None:
        return ()
    number = Decimal(contract.threshold_w).scaleb(-held.limit.scaler)
    if number != int(number):
        raise InputError(code="value-not-for-meter", value=contract.threshold_w)
    threshold = number_like(held.limit.raw, int(number))
    if threshold == held.limit.raw:
        return ()
    name = Obis.parse(required_name(model.limiter, "limiter"))
    return ((AttributeDescriptor(LIMITER.class_id, name, _NORMAL), threshold),)


def _evidence(before: _Held) -> Evidence:
    return {
        "tariff": None if before.calendar is None else text(before.calendar[0]),
        "threshold_w": None if before.limit is None else before.limit.watts,
    }


def _result(serial: str, parameters: wanted.SetSupply, evidence: Evidence, after: _Held) -> SupplyChange:
    tariff, threshold = evidence.get("tariff"), evidence.get("threshold_w")
    return SupplyChange(
        serial=serial,
        tariff_before=tariff if isinstance(tariff, str) else None,
        tariff_after=None if after.calendar is None else text(after.calendar[0]),
        contract=None if parameters.contract is None else parameters.contract.name,
        threshold_before_w=threshold if isinstance(threshold, int) else None,
        threshold_after_w=None if after.limit is None else after.limit.watts,
    )
