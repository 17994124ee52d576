"""A charge by a token for the meter's gateway (IEC 62056-6-2:2017, class_id 115).

The meter itself sees to it that a charge is applied once: it takes each token id only once.
"""

from agent.dlms import AttributeDescriptor, Data, DataAccessResult, MethodDescriptor, Obis, Tag
from agent.dlms.cosem.tables.supply import TOKEN_GATEWAY
from agent.dlms.cosem.values import elements, enumerated
from agent.dlms.cosem.words import word
from agent.domain.credit_token import CreditToken, read_token
from agent.domain.errors import ChangeRefused, InputError, MalformedData, OutcomeUnknown
from agent.domain.parameters import ChargeCredit
from agent.domain.results import CreditCharge
from agent.meters import MeterModel, PrepaymentObjects
from agent.procedures.charge_balance import charge_evidence, charge_result, read_balance
from agent.procedures.dialogue import Dialogue, Evidence, Steps, Verdict, Write, ask
from agent.procedures.values import attributes, make_change, read_all

WAY = "token"
_ENTER = 1
_TOKEN, _TOKEN_STATUS = TOKEN_GATEWAY.index_of("token"), TOKEN_GATEWAY.index_of("token_status")
_STATUS_CODE = TOKEN_GATEWAY.attributes[_TOKEN_STATUS - 1].parts[0]
_EXECUTED, _NOT_VALID = 3, 6
_DATA, _VALUE = 1, 2
ALREADY = "already in the meter"
"""Stands for the status of a token that the meter had already taken, from this tablet or another one."""


def find_gateway(objects: PrepaymentObjects) -> Dialogue[Obis | None]:
    """The token gateway, if this very meter has one."""
    if objects.token_gateway is None:
        return None
    obis = Obis.parse(objects.token_gateway)
    answer = yield from ask((AttributeDescriptor(TOKEN_GATEWAY.class_id, obis, _TOKEN_STATUS),))
    return None if isinstance(answer.values[0], DataAccessResult) else obis


def charge_by_token(
    model: MeterModel, objects: PrepaymentObjects, gateway: Obis, serial: str, parameters: ChargeCredit, step: Steps
) -> Dialogue[CreditCharge]:
    """Enters the token, unless the meter has taken it before.

    Raises:
        InputError: `token-other`; nothing was done.
        ChangeRefused: the meter did not take the token.
        OutcomeUnknown: the meter did not take it now, but may have taken it before.
    """
    token = _own_token(parameters, serial)
    yield step("checktoken")
    before = yield from read_balance(model, objects)
    used = yield from _used_tokens(objects)
    last, status = yield from _last_token(gateway)
    if token.id in used if used is not None else last == parameters.token and _code(status) == _EXECUTED:
        yield step("readcredit")
        return CreditCharge(serial, parameters.amount_wh, None, before.credit_wh, token.id.hex(), ALREADY)
    evidence = charge_evidence(WAY, before)
    yield step("charge")
    enter = MethodDescriptor(TOKEN_GATEWAY.class_id, gateway, _ENTER)
    try:
        yield from make_change(Write((enter, Data(Tag.OCTET_STRING, parameters.token)), evidence))
    except ChangeRefused:
        yield from _doubt_refusal(gateway, lists_tokens=used is not None)
        raise
    yield step("readcredit")
    _, status = yield from _last_token(gateway)
    after = yield from read_balance(model, objects)
    return charge_result(serial, parameters, evidence, after, _status_word(status))


def recover_token(
    objects: PrepaymentObjects, parameters: ChargeCredit, evidence: Evidence, result: CreditCharge
) -> Dialogue[Verdict[CreditCharge]]:
    """Whether the meter has taken the token; `result` is the charge's if it has.

    Undecidable where the meter lists no tokens and its gateway has seen another one since.
    """
    used = yield from _used_tokens(objects)
    if used is not None:
        is_there = read_token(parameters.token).id in used
        return Verdict("applied", result) if is_there else Verdict("not-applied")
    gateway = yield from find_gateway(objects)
    if gateway is None:
        return Verdict("undecidable", evidence=evidence)
    last, status = yield from _last_token(gateway)
    if last == parameters.token and _code(status) == _EXECUTED:
        return Verdict("applied", result)
    return Verdict("undecidable", evidence=evidence)


def _doubt_refusal(gateway: Obis, *, lists_tokens: bool) -> Dialogue[None]:
    """A token that is not valid may be one that was taken before, through another tablet.

    Raises:
        OutcomeUnknown: the meter keeps no list of tokens that would tell.
    """
    _, status = yield from _last_token(gateway)
    if not lists_tokens and _code(status) == _NOT_VALID:
        raise OutcomeUnknown


def _own_token(parameters: ChargeCredit, serial: str) -> CreditToken:
    """The token, if it says what the order says. Raises InputError `token-other`."""
    try:
        token = read_token(parameters.token)
    except MalformedData:
        raise InputError(code="token-other", order=parameters.order) from None
    if (token.serial, token.amount_wh, token.order) != (serial, parameters.amount_wh, parameters.order):
        raise InputError(code="token-other", order=parameters.order)
    return token


def _last_token(gateway: Obis) -> Dialogue[tuple[bytes, Data]]:
    """The octets of the token that was entered last, and its status."""
    (last, status), _ = yield from read_all(attributes(TOKEN_GATEWAY.class_id, str(gateway), _TOKEN, _TOKEN_STATUS))
    return last.value if last.tag is Tag.OCTET_STRING else b"", status


def _used_tokens(objects: PrepaymentObjects) -> Dialogue[frozenset[bytes] | None]:
    """Ids of the tokens that the meter has taken; None where it keeps no such list."""
    if objects.used_tokens is None:
        return None
    answer = yield from ask(attributes(_DATA, objects.used_tokens, _VALUE))
    value = answer.values[0]
    if isinstance(value, DataAccessResult):
        return None
    return frozenset(bytes(each.value) for each in elements(value, Tag.ARRAY) if each.tag is Tag.OCTET_STRING)


def _code(status: Data) -> int:
    return enumerated(elements(status, Tag.STRUCTURE, 2)[0])


def _status_word(status: Data) -> str:
    return word(elements(status, Tag.STRUCTURE, 2)[0], _STATUS_CODE)
