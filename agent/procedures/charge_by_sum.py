"""A charge by a sum added to the meter's credit (IEC 62056-6-2:2017, class_id 112), for meters without a gateway.

Only credit and energy, read together before and after, tell whether the sum arrived. So a sum is never sent if it is
so small that the customer's consumption could hide it.
"""

from datetime import datetime

from agent.dlms import Data, DataAccessResult, MethodDescriptor, Obis, Tag
from agent.dlms.cosem.tables.supply import CHARGE, CREDIT
from agent.dlms.cosem.values import enumerated
from agent.domain.errors import InputError
from agent.domain.parameters import ChargeCredit
from agent.domain.prepayment import LARGEST_BALANCE_WH
from agent.domain.results import CreditCharge
from agent.meters import MeterModel, PrepaymentObjects
from agent.procedures.charge_balance import Balance, charge_evidence, charge_result, read_balance
from agent.procedures.credit import Currency
from agent.procedures.dialogue import Dialogue, Evidence, Steps, Verdict, Write, ask
from agent.procedures.values import attributes, make_change

WAY = "sum"
_UPDATE_AMOUNT = 1
_CHARGE_TYPE = CHARGE.index_of("charge_type")
_CONSUMPTION_BASED = 0
_RESOLUTION_WH = 1
_SURE_SECONDS = 120.0
"""A sum must exceed what can be consumed in this time, or the first check after a lost link may come too late."""


def charge_by_sum(
    model: MeterModel,
    objects: PrepaymentObjects,
    currency: Currency,
    serial: str,
    parameters: ChargeCredit,
    step: Steps,
) -> Dialogue[CreditCharge]:
    """Adds the amount to the credit.

    Raises:
        InputError: `charge-not-guarded`, `balance-overflow`, `charge-too-small`; nothing was done.
        ChangeRefused: the meter did not add it.
    """
    yield from _require_guard(objects, currency)
    if parameters.amount_wh > LARGEST_BALANCE_WH:
        raise InputError(code="balance-overflow")
    if parameters.amount_wh <= _most_consumed(objects, _SURE_SECONDS):
        raise InputError(code="charge-too-small", least=_most_consumed(objects, _SURE_SECONDS) + 1)
    yield step("checktoken")
    before = yield from read_balance(model, objects)
    evidence = charge_evidence(WAY, before)
    yield step("charge")
    update = MethodDescriptor(CREDIT.class_id, Obis.parse(objects.credit), _UPDATE_AMOUNT)
    yield from make_change(Write((update, Data(Tag.DOUBLE_LONG, parameters.amount_wh)), evidence))
    yield step("readcredit")
    after = yield from read_balance(model, objects)
    return charge_result(serial, parameters, evidence, after, None)


def recover_sum(
    objects: PrepaymentObjects, parameters: ChargeCredit, evidence: Evidence, now: Balance, result: CreditCharge
) -> Verdict[CreditCharge]:
    """Whether the credit gained the amount, allowing for consumption; `result` is the charge's if it did.

    Undecidable unless the numbers leave no doubt.
    """
    credit, energy, at = evidence["credit_wh"], evidence["energy_wh"], evidence["at"]
    assert isinstance(credit, int) and isinstance(energy, int) and isinstance(at, str)
    consumed = now.energy_wh - energy
    gained = now.credit_wh - credit + consumed
    seen = {**evidence, "credit_now_wh": now.credit_wh, "energy_now_wh": now.energy_wh}
    elapsed = (now.at - datetime.fromisoformat(at)).total_seconds()
    possible = _most_consumed(objects, max(elapsed, 0.0))
    if parameters.amount_wh <= possible or elapsed < 0 or not 0 <= consumed <= possible:
        return Verdict("undecidable", evidence=seen)
    if abs(gained - parameters.amount_wh) <= _RESOLUTION_WH:
        return Verdict("applied", result)
    if abs(gained) <= _RESOLUTION_WH:
        return Verdict("not-applied")
    return Verdict("undecidable", evidence=seen)


def _require_guard(objects: PrepaymentObjects, currency: Currency) -> Dialogue[None]:
    """Credit and energy can be compared only in Wh, and only where nothing but consumption takes credit away.

    Raises:
        InputError: `charge-not-guarded`.
    """
    if not currency.is_wh or not objects.max_power_w or objects.charge is None:
        raise InputError(code="charge-not-guarded")
    answer = yield from ask(attributes(CHARGE.class_id, objects.charge, _CHARGE_TYPE))
    kind = answer.values[0]
    if isinstance(kind, DataAccessResult) or enumerated(kind) != _CONSUMPTION_BASED:
        raise InputError(code="charge-not-guarded")


def _most_consumed(objects: PrepaymentObjects, seconds: float) -> int:
    """Wh that the meter can deliver in this time, plus its resolution."""
    return int(objects.max_power_w * seconds / 3600) + 1 + _RESOLUTION_WH
