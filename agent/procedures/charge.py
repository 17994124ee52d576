"""A credit charge: a token for the meter's gateway (IEC 62056-6-2, class 115), or a sum added to its credit.

Applied once or not at all. With a token the meter itself sees to that: it takes each id once. Without a gateway
only credit and energy, read together before and after, tell whether the sum arrived; so a sum that use could hide
is never sent.
"""

from dataclasses import dataclass
from datetime import datetime

from agent.dlms import AttributeDescriptor, Data, DataAccessResult, MethodDescriptor, Obis, Tag
from agent.dlms.cosem.registers import register
from agent.dlms.cosem.tables.supply import CHARGE, CREDIT, TOKEN_GATEWAY
from agent.dlms.cosem.values import elements, enumerated, integer
from agent.dlms.cosem.words import word
from agent.domain.activity import Activity
from agent.domain.credit_token import CreditToken, read_token
from agent.domain.errors import ChangeRefused, InputError, MalformedData, OutcomeUnknown
from agent.domain.parameters import ChargeCredit, Parameters
from agent.domain.prepayment import LARGEST_BALANCE_WH, CreditState
from agent.domain.results import CreditCharge
from agent.meters import MeterModel, PrepaymentObjects
from agent.procedures.credit import Currency, prepayment_of, read_account, read_credit
from agent.procedures.dialogue import Dialogue, Evidence, Steps, Verdict, Write, ask
from agent.procedures.identify import identify
from agent.procedures.values import attributes, make_change, missing, read_all

_ENTER = 1
_UPDATE_AMOUNT = 1
_TOKEN, _TOKEN_STATUS = TOKEN_GATEWAY.index_of("token"), TOKEN_GATEWAY.index_of("token_status")
_STATUS_CODE = TOKEN_GATEWAY.attributes[_TOKEN_STATUS - 1].parts[0]
_EXECUTED, _NOT_VALID = 3, 6
ALREADY = "already in the meter"
"""Said instead of a status of a token that came to the meter before, by this tablet or another one."""
_AMOUNT = CREDIT.index_of("current_credit_amount")
_CHARGE_TYPE = CHARGE.index_of("charge_type")
_CONSUMPTION_BASED = 0
_RESOLUTION_WH = 1


@dataclass(frozen=True)
class _Standing:
    """Credit and total energy at one moment of the tablet."""

    credit_wh: int
    energy_wh: int
    at: datetime


def charge(model: MeterModel, serial: str | None, parameters: Parameters) -> Dialogue[CreditCharge]:
    """Charges the credit of the order.

    Raises:
        InputError: `not-prepayment`, `balance-overflow`, `token-other`, `charge-not-guarded`, `charge-too-small`;
            nothing was done.
        ChangeRefused: the meter did not take it.
        OutcomeUnknown: it did not, but may have taken it before.
    """
    assert isinstance(parameters, ChargeCredit)
    step = Steps(Activity.CREDIT_CHARGE.facts.steps)
    yield step("readserial")
    found = yield from identify(model, serial)
    objects = prepayment_of(model)
    yield step("readaccount")
    mode, status, currency = yield from read_account(objects)
    if mode != "prepayment":
        raise InputError(code="not-prepayment", serial=found)
    yield step("readcredit")
    credit, _ = yield from read_credit(objects, mode, status, currency)
    _check_room(credit, parameters.amount_wh)
    gateway = yield from _gateway(objects)
    if gateway is not None:
        return (yield from _by_token(model, objects, gateway, found, parameters, step))
    return (yield from _by_sum(model, objects, currency, found, parameters, step))


def recover_charge(
    model: MeterModel, serial: str | None, parameters: Parameters, evidence: Evidence
) -> Dialogue[Verdict[CreditCharge]]:
    """Whether the meter has the charge: by its list of tokens, else by its gateway, else by credit and energy."""
    assert isinstance(parameters, ChargeCredit)
    step = Steps(Activity.CREDIT_CHARGE.facts.recovery_steps)
    yield step("readserial")
    found = yield from identify(model, serial)
    objects = prepayment_of(model)
    yield step("readcredit")
    now = yield from _standing(model, objects)
    result = _result(found, parameters, evidence, now, None)
    yield step("checktoken")
    if evidence.get("way") == "token":
        return (yield from _recover_token(objects, parameters, evidence, result))
    return _judge_sum(objects, parameters, evidence, now, result)


# ── by token ──


def _by_token(
    model: MeterModel, objects: PrepaymentObjects, gateway: Obis, serial: str, parameters: ChargeCredit, step: Steps
) -> Dialogue[CreditCharge]:
    token = _own_token(parameters, serial)
    yield step("checktoken")
    before = yield from _standing(model, objects)
    used = yield from _used_tokens(objects)
    last, status = yield from _last_token(gateway)
    if token.id in used if used is not None else last == parameters.token and _code(status) == _EXECUTED:
        yield step("readcredit")
        return CreditCharge(serial, parameters.amount_wh, None, before.credit_wh, token.id.hex(), ALREADY)
    evidence = _evidence("token", before)
    yield step("charge")
    enter = MethodDescriptor(TOKEN_GATEWAY.class_id, gateway, _ENTER)
    try:
        yield from make_change(Write((enter, Data(Tag.OCTET_STRING, parameters.token)), evidence))
    except ChangeRefused:
        yield from _doubt_refusal(gateway, lists_tokens=used is not None)
        raise
    yield step("readcredit")
    _, status = yield from _last_token(gateway)
    after = yield from _standing(model, objects)
    return _result(serial, parameters, evidence, after, _status_word(status))


def _doubt_refusal(gateway: Obis, *, lists_tokens: bool) -> Dialogue[None]:
    """A token that is not valid may be one that was taken before, through another tablet.

    Raises:
        OutcomeUnknown: the meter lists no tokens that would tell.
    """
    _, status = yield from _last_token(gateway)
    if not lists_tokens and _code(status) == _NOT_VALID:
        raise OutcomeUnknown


def _recover_token(
    objects: PrepaymentObjects, parameters: ChargeCredit, evidence: Evidence, result: CreditCharge
) -> Dialogue[Verdict[CreditCharge]]:
    used = yield from _used_tokens(objects)
    if used is not None:
        is_there = read_token(parameters.token).id in used
        return Verdict("applied", result) if is_there else Verdict("not-applied")
    gateway = yield from _gateway(objects)
    if gateway is None:
        return Verdict("undecidable", evidence=evidence)
    last, status = yield from _last_token(gateway)
    if last == parameters.token and _code(status) == _EXECUTED:
        return Verdict("applied", result)
    return Verdict("undecidable", evidence=evidence)


def _own_token(parameters: ChargeCredit, serial: str) -> CreditToken:
    """The token, if it says what the order says. Raises InputError `token-other`."""
    try:
        token = read_token(parameters.token)
    except MalformedData:
        raise InputError(code="token-other", order=parameters.order) from None
    if (token.serial, token.amount_wh, token.order) != (serial, parameters.amount_wh, parameters.order):
        raise InputError(code="token-other", order=parameters.order)
    return token


def _gateway(objects: PrepaymentObjects) -> Dialogue[Obis | None]:
    """The token gateway, if this very meter has one."""
    if objects.token_gateway is None:
        return None
    obis = Obis.parse(objects.token_gateway)
    answer = yield from ask((AttributeDescriptor(TOKEN_GATEWAY.class_id, obis, _TOKEN_STATUS),))
    return None if isinstance(answer.values[0], DataAccessResult) else obis


def _last_token(gateway: Obis) -> Dialogue[tuple[bytes, Data]]:
    """The octets of the token that came last, and its status."""
    (last, status), _ = yield from read_all(attributes(TOKEN_GATEWAY.class_id, str(gateway), _TOKEN, _TOKEN_STATUS))
    return last.value if last.tag is Tag.OCTET_STRING else b"", status


def _used_tokens(objects: PrepaymentObjects) -> Dialogue[frozenset[bytes] | None]:
    """Ids of the tokens that the meter has taken; None where it does not tell."""
    if objects.used_tokens is None:
        return None
    answer = yield from ask(attributes(1, objects.used_tokens, 2))
    value = answer.values[0]
    if isinstance(value, DataAccessResult):
        return None
    return frozenset(bytes(each.value) for each in elements(value, Tag.ARRAY) if each.tag is Tag.OCTET_STRING)


def _code(status: Data) -> int:
    return enumerated(elements(status, Tag.STRUCTURE, 2)[0])


def _status_word(status: Data) -> str:
    return word(elements(status, Tag.STRUCTURE, 2)[0], _STATUS_CODE)


# ── by a sum, guarded by credit and energy ──


def _by_sum(
    model: MeterModel,
    objects: PrepaymentObjects,
    currency: Currency,
    serial: str,
    parameters: ChargeCredit,
    step: Steps,
) -> Dialogue[CreditCharge]:
    yield from _demand_guard(objects, currency)
    if parameters.amount_wh > LARGEST_BALANCE_WH:
        raise InputError(code="balance-overflow")
    if parameters.amount_wh <= _most_used(objects, _SURE_SECONDS):
        raise InputError(code="charge-too-small", least=_most_used(objects, _SURE_SECONDS) + 1)
    yield step("checktoken")
    before = yield from _standing(model, objects)
    evidence = _evidence("sum", before)
    yield step("charge")
    update = MethodDescriptor(CREDIT.class_id, Obis.parse(objects.credit), _UPDATE_AMOUNT)
    yield from make_change(Write((update, Data(Tag.DOUBLE_LONG, parameters.amount_wh)), evidence))
    yield step("readcredit")
    after = yield from _standing(model, objects)
    return _result(serial, parameters, evidence, after, None)


_SURE_SECONDS = 120.0
"""A sum must be told from what can be used in so long, or the first check after a lost link may come too late."""


def _demand_guard(objects: PrepaymentObjects, currency: Currency) -> Dialogue[None]:
    """Credit and energy can be compared only in Wh, and where nothing but use takes credit away.

    Raises:
        InputError: `charge-not-guarded`.
    """
    if not currency.is_wh or not objects.max_power_w or objects.charge is None:
        raise InputError(code="charge-not-guarded")
    answer = yield from ask(attributes(CHARGE.class_id, objects.charge, _CHARGE_TYPE))
    kind = answer.values[0]
    if isinstance(kind, DataAccessResult) or enumerated(kind) != _CONSUMPTION_BASED:
        raise InputError(code="charge-not-guarded")


def _judge_sum(
    objects: PrepaymentObjects,
    parameters: ChargeCredit,
    evidence: Evidence,
    now: _Standing,
    result: CreditCharge,
) -> Verdict[CreditCharge]:
    """What credit gained beside what was used; only a clear answer is one."""
    credit, energy, at = evidence["credit_wh"], evidence["energy_wh"], evidence["at"]
    assert isinstance(credit, int) and isinstance(energy, int) and isinstance(at, str)
    used = now.energy_wh - energy
    gained = now.credit_wh - credit + used
    seen = {**evidence, "credit_now_wh": now.credit_wh, "energy_now_wh": now.energy_wh}
    elapsed = (now.at - datetime.fromisoformat(at)).total_seconds()
    possible = _most_used(objects, max(elapsed, 0.0))
    if parameters.amount_wh <= possible or elapsed < 0 or not 0 <= used <= possible:
        return Verdict("undecidable", evidence=seen)
    if abs(gained - parameters.amount_wh) <= _RESOLUTION_WH:
        return Verdict("applied", result)
    if abs(gained) <= _RESOLUTION_WH:
        return Verdict("not-applied")
    return Verdict("undecidable", evidence=seen)


def _most_used(objects: PrepaymentObjects, seconds: float) -> int:
    """Wh that the meter can deliver in so long, and its resolution."""
    return int(objects.max_power_w * seconds / 3600) + 1 + _RESOLUTION_WH


# ── common ──


def _standing(model: MeterModel, objects: PrepaymentObjects) -> Dialogue[_Standing]:
    """Credit and energy in one request."""
    credit = attributes(CREDIT.class_id, objects.credit, _AMOUNT)
    total = attributes(model.register_classes.get(model.total, 3), model.total, 2, 3)
    (amount, value, scaler_unit), at = yield from read_all(credit + total)
    energy = register(value, scaler_unit)
    if energy.unit != "Wh":
        raise missing("energy in Wh")
    return _Standing(integer(amount), int(energy.value), at)


def _check_room(credit: CreditState, amount_wh: int) -> None:
    if credit.amount_wh + amount_wh > LARGEST_BALANCE_WH:
        raise InputError(code="balance-overflow")


def _evidence(way: str, before: _Standing) -> Evidence:
    return {
        "way": way,
        "credit_wh": before.credit_wh,
        "energy_wh": before.energy_wh,
        "at": before.at.isoformat(),
    }


def _result(
    serial: str, parameters: ChargeCredit, evidence: Evidence, after: _Standing, token_status: str | None
) -> CreditCharge:
    before = evidence["credit_wh"]
    assert isinstance(before, int)
    token = read_token(parameters.token).id.hex() if evidence["way"] == "token" else None
    return CreditCharge(serial, parameters.amount_wh, before, after.credit_wh, token, token_status)
