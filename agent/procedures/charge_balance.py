"""Credit and energy at one moment: what a charge is compared with, before and after it."""

from dataclasses import dataclass
from datetime import datetime

from agent.dlms.cosem.registers import register
from agent.dlms.cosem.tables.supply import CREDIT
from agent.dlms.cosem.values import integer
from agent.domain.credit_token import read_token
from agent.domain.parameters import ChargeCredit
from agent.domain.results import CreditCharge
from agent.meters import MeterModel, PrepaymentObjects
from agent.procedures.dialogue import Dialogue, Evidence
from agent.procedures.values import attributes, missing, read_all

_AMOUNT = CREDIT.index_of("current_credit_amount")
_REGISTER, _VALUE, _SCALER_UNIT = 3, 2, 3


@dataclass(frozen=True)
class Balance:
    """Credit left and total energy, both in Wh; `at` is tablet time."""

    credit_wh: int
    energy_wh: int
    at: datetime


def read_balance(model: MeterModel, objects: PrepaymentObjects) -> Dialogue[Balance]:
    """Credit and energy, read in one request.

    Raises:
        AccessRefused: the meter does not give one of them, or does not count energy in Wh.
    """
    credit = attributes(CREDIT.class_id, objects.credit, _AMOUNT)
    total = attributes(model.register_classes.get(model.total, _REGISTER), model.total, _VALUE, _SCALER_UNIT)
    (amount, value, scaler_unit), at = yield from read_all(credit + total)
    energy = register(value, scaler_unit)
    if energy.unit != "Wh":
        raise missing("energy in Wh")
    return Balance(integer(amount), int(energy.value), at)


def charge_evidence(way: str, before: Balance) -> Evidence:
    """What has to be known to tell later whether the charge arrived. `way` is `token` or `sum`."""
    return {
        "way": way,
        "credit_wh": before.credit_wh,
        "energy_wh": before.energy_wh,
        "at": before.at.isoformat(),
    }


def charge_result(
    serial: str, parameters: ChargeCredit, evidence: Evidence, after: Balance, token_status: str | None
) -> CreditCharge:
    """The result of a charge that was made, from the evidence taken before it and the balance after it."""
    before = evidence["credit_wh"]
    assert isinstance(before, int)
    token = read_token(parameters.token).id.hex() if evidence["way"] == "token" else None
    return CreditCharge(serial, parameters.amount_wh, before, after.credit_wh, token, token_status)
