"""Prepayment set up by a profile from SMM: credits, unit charge, and last the account's mode.

IEC 62056-6-2:2017: Account (class_id 111), Credit (112) and Charge (113).
"""

from dataclasses import dataclass

from agent.dlms import AttributeDescriptor, Data, MethodDescriptor, Obis, Tag
from agent.dlms.cosem.tables.supply import ACCOUNT, CHARGE, CREDIT
from agent.dlms.cosem.values import elements, enumerated, integer
from agent.domain.activity import Activity
from agent.domain.errors import InputError
from agent.domain.parameters import Parameters, SetPrepayment
from agent.domain.prepayment import PaymentMode, PrepayProfile
from agent.domain.results import PrepayConfigured
from agent.meters import MeterModel, PrepaymentObjects
from agent.procedures.configuring import NO_PARAMETER, Changes, make_changes, number_like, require_made, verdict
from agent.procedures.credit import prepayment_of, read_account, read_credit
from agent.procedures.dialogue import Dialogue, Evidence, Steps, Verdict
from agent.procedures.identify import identify
from agent.procedures.values import attributes, missing, read_all

_MODE_AND_STATUS = ACCOUNT.index_of("account_mode_and_status")
_ACTIVATE_ACCOUNT, _ACTIVATE_UNIT_CHARGE = 1, 2
_MODES: dict[PaymentMode, int] = {"credit": 1, "prepayment": 2}
_NEW, _CLOSED = 1, 3
_WARNING, _LIMIT, _PRESET = (CREDIT.index_of(name) for name in ("warning_threshold", "limit", "preset_credit_amount"))
_ACTIVE, _PASSIVE = CHARGE.index_of("unit_charge_active"), CHARGE.index_of("unit_charge_passive")
_KILO, _UNIT = 3, 0


@dataclass(frozen=True)
class _Held:
    """What the meter holds of a profile, in its own data types; None for what it does not have."""

    mode_and_status: Data
    warning: Data
    limit: Data
    preset: Data
    emergency: Data | None
    unit_charge: Data | None


def prepay_config(model: MeterModel, serial: str | None, parameters: Parameters) -> Dialogue[PrepayConfigured]:
    """Sets what differs from the profile. The credit left and the breaker stay as they are.

    Raises:
        InputError: `account-not-wh`, `account-closed`, `value-not-for-meter`; nothing was done.
        OtherMeter: the meter in front has another serial number.
        AccessRefused: it lacks something that the profile sets; nothing was done.
        ChangeRefused: the meter did not take a value.
        RemoteRefusal: `read-back-differs`.
    """
    assert isinstance(parameters, SetPrepayment)
    step = Steps(Activity.PREPAY_CONFIG.facts.steps)
    yield step("readserial")
    found = yield from identify(model, serial)
    objects = prepayment_of(model)
    yield step("readaccount")
    held = yield from _held(objects)
    changes = _differing(objects, parameters.profile, held)
    _, _, currency = yield from read_account(objects)
    if not currency.is_wh:
        raise InputError(code="account-not-wh", unit=currency.name)
    yield step("setprepayment")
    yield from make_changes(changes, {})
    yield step("readback")
    left, result = yield from _as_it_stands(objects, found, parameters.profile)
    require_made(left)
    return result


def recover_prepay_config(
    model: MeterModel, serial: str | None, parameters: Parameters, evidence: Evidence
) -> Dialogue[Verdict[PrepayConfigured]]:
    """What the meter holds now tells what became of the configuration. Raises OtherMeter, AccessRefused."""
    assert isinstance(parameters, SetPrepayment)
    step = Steps(Activity.PREPAY_CONFIG.facts.recovery_steps)
    yield step("readserial")
    found = yield from identify(model, serial)
    yield step("readback")
    left, result = yield from _as_it_stands(prepayment_of(model), found, parameters.profile)
    return verdict(left, evidence, result)


def _as_it_stands(
    objects: PrepaymentObjects, serial: str, profile: PrepayProfile
) -> Dialogue[tuple[Changes, PrepayConfigured]]:
    """What still differs from the profile, and the result as if nothing did."""
    held = yield from _held(objects)
    mode, status, currency = yield from read_account(objects)
    credit, _ = yield from read_credit(objects, mode, status, currency)
    result = PrepayConfigured(serial, profile, credit, profile.unit_charge, mode == "prepayment")
    return _differing(objects, profile, held), result


def _held(objects: PrepaymentObjects) -> Dialogue[_Held]:
    wanted = (
        *attributes(ACCOUNT.class_id, objects.account, _MODE_AND_STATUS),
        *attributes(CREDIT.class_id, objects.credit, _WARNING, _LIMIT, _PRESET),
    )
    (mode_and_status, warning, limit, preset), _ = yield from read_all(wanted)
    emergency = unit_charge = None
    if objects.emergency_credit is not None:
        (emergency,), _ = yield from read_all(attributes(CREDIT.class_id, objects.emergency_credit, _PRESET))
    if objects.charge is not None:
        (unit_charge,), _ = yield from read_all(attributes(CHARGE.class_id, objects.charge, _ACTIVE))
    return _Held(mode_and_status, warning, limit, preset, emergency, unit_charge)


def _differing(objects: PrepaymentObjects, profile: PrepayProfile, held: _Held) -> Changes:
    """The changes still needed, in the order in which they are made: the mode last, when all that it needs is set."""
    return (
        *_amounts(objects.credit, (_WARNING, held.warning, profile.warning_threshold_wh)),
        *_amounts(objects.credit, (_LIMIT, held.limit, profile.limit_wh)),
        *_amounts(objects.credit, (_PRESET, held.preset, profile.credit_preset_wh)),
        *_emergency(objects, profile, held),
        *_unit_charge(objects, profile, held),
        *_mode(objects, profile, held),
    )


def _amounts(name: str, *amounts: tuple[int, Data, int]) -> Changes:
    """Changes of a Credit; each amount is an attribute, the value that it holds, and the value wanted."""
    return tuple(
        (AttributeDescriptor(CREDIT.class_id, Obis.parse(name), number), number_like(before, wanted))
        for number, before, wanted in amounts
        if integer(before) != wanted
    )


def _emergency(objects: PrepaymentObjects, profile: PrepayProfile, held: _Held) -> Changes:
    if objects.emergency_credit is not None and held.emergency is not None:
        return _amounts(objects.emergency_credit, (_PRESET, held.emergency, profile.emergency_credit_wh))
    if profile.emergency_credit_wh:
        raise missing("emergency credit")
    return ()


def _unit_charge(objects: PrepaymentObjects, profile: PrepayProfile, held: _Held) -> Changes:
    """Wh of credit collected for each kWh: set as the passive unit charge, then activated."""
    if objects.charge is None or held.unit_charge is None:
        if profile.unit_charge:
            raise missing("charge")
        return ()
    wanted = _for_each_kwh(held.unit_charge, profile.unit_charge)
    if wanted == held.unit_charge:
        return ()
    name = Obis.parse(objects.charge)
    return (
        (AttributeDescriptor(CHARGE.class_id, name, _PASSIVE), wanted),
        (MethodDescriptor(CHARGE.class_id, name, _ACTIVATE_UNIT_CHARGE), NO_PARAMETER),
    )


def _for_each_kwh(active: Data, amount: int) -> Data:
    """The meter's unit charge with this amount for each of its indices."""
    scaling, commodity, table = elements(active, Tag.STRUCTURE, 3)
    commodity_scale, price_scale = elements(scaling, Tag.STRUCTURE, 2)
    entries = [elements(entry, Tag.STRUCTURE, 2) for entry in elements(table, Tag.ARRAY)]
    charges = tuple(Data(Tag.STRUCTURE, (index, number_like(charge, amount))) for index, charge in entries)
    scales = Data(Tag.STRUCTURE, (number_like(commodity_scale, _KILO), number_like(price_scale, _UNIT)))
    return Data(Tag.STRUCTURE, (scales, commodity, Data(Tag.ARRAY, charges)))


def _mode(objects: PrepaymentObjects, profile: PrepayProfile, held: _Held) -> Changes:
    """The account's mode; a new account is activated as well. Raises InputError `account-closed`."""
    name = Obis.parse(objects.account)
    mode, status = elements(held.mode_and_status, Tag.STRUCTURE, 2)
    if enumerated(status) == _CLOSED:
        raise InputError(code="account-closed")
    changes: Changes = ()
    if enumerated(mode) != _MODES[profile.mode]:
        wanted = Data(Tag.STRUCTURE, (Data(Tag.ENUM, _MODES[profile.mode]), status))
        changes += ((AttributeDescriptor(ACCOUNT.class_id, name, _MODE_AND_STATUS), wanted),)
    if enumerated(status) == _NEW:
        changes += ((MethodDescriptor(ACCOUNT.class_id, name, _ACTIVATE_ACCOUNT), NO_PARAMETER),)
    return changes
