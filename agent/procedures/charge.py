"""A credit charge, applied once or not at all: by a token where the meter has a gateway, else by a guarded sum."""

from agent.domain.activity import Activity
from agent.domain.errors import InputError
from agent.domain.parameters import ChargeCredit, Parameters
from agent.domain.prepayment import LARGEST_BALANCE_WH, CreditState
from agent.domain.results import CreditCharge
from agent.meters import MeterModel
from agent.procedures import charge_by_sum, charge_by_token
from agent.procedures.charge_balance import charge_result, read_balance
from agent.procedures.credit import prepayment_of, read_account, read_credit
from agent.procedures.dialogue import Dialogue, Evidence, Steps, Verdict
from agent.procedures.identify import identify


def charge(model: MeterModel, serial: str | None, parameters: Parameters) -> Dialogue[CreditCharge]:
    """Charges the amount that the work order says.

    Raises:
        InputError: `not-prepayment`, `balance-overflow`, `token-other`, `charge-not-guarded`, `charge-too-small`;
            nothing was done.
        AccessRefused: the meter has no prepayment, or does not give it; nothing was done.
        ChangeRefused: the meter did not take the charge.
        OutcomeUnknown: the meter did not take it now, but may have taken it before.
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
    _require_room(credit, parameters.amount_wh)
    gateway = yield from charge_by_token.find_gateway(objects)
    if gateway is not None:
        return (yield from charge_by_token.charge_by_token(model, objects, gateway, found, parameters, step))
    return (yield from charge_by_sum.charge_by_sum(model, objects, currency, found, parameters, step))


def recover_charge(
    model: MeterModel, serial: str | None, parameters: Parameters, evidence: Evidence
) -> Dialogue[Verdict[CreditCharge]]:
    """Whether the meter has the charge: by its list of tokens, else by its gateway, else by credit and energy.

    Raises:
        OtherMeter: the meter in front has another serial number.
        AccessRefused: it does not give its credit and energy.
    """
    assert isinstance(parameters, ChargeCredit)
    step = Steps(Activity.CREDIT_CHARGE.facts.recovery_steps)
    yield step("readserial")
    found = yield from identify(model, serial)
    objects = prepayment_of(model)
    yield step("readcredit")
    now = yield from read_balance(model, objects)
    result = charge_result(found, parameters, evidence, now, None)
    yield step("checktoken")
    if evidence.get("way") == charge_by_token.WAY:
        return (yield from charge_by_token.recover_token(objects, parameters, evidence, result))
    return charge_by_sum.recover_sum(objects, parameters, evidence, now, result)


def _require_room(credit: CreditState, amount_wh: int) -> None:
    if credit.amount_wh + amount_wh > LARGEST_BALANCE_WH:
        raise InputError(code="balance-overflow")
