"""A meter's Account and Credit (IEC 62056-6-2:2017, class_id 111 and 112), and the activity that reads them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agent.dlms import Data, Tag
from agent.dlms.cosem.tables.supply import ACCOUNT, CREDIT
from agent.dlms.cosem.values import elements, enumerated, integer, text
from agent.dlms.cosem.words import word
from agent.domain.activity import Activity
from agent.domain.errors import MalformedData
from agent.domain.parameters import Parameters
from agent.domain.prepayment import CreditState, PaymentMode
from agent.domain.results import CreditRead
from agent.meters import MeterModel, PrepaymentObjects
from agent.procedures.dialogue import Dialogue, Steps
from agent.procedures.identify import identify
from agent.procedures.values import attributes, missing, read_all

_MODE_AND_STATUS, _CURRENCY = ACCOUNT.index_of("account_mode_and_status"), ACCOUNT.index_of("currency")
_CREDIT_MODE, _PREPAYMENT_MODE = 1, 2
_MODES: dict[int, PaymentMode] = {_CREDIT_MODE: "credit", _PREPAYMENT_MODE: "prepayment"}
Unit = Literal["time", "consumption", "monetary"]
_UNITS: dict[int, Unit] = {0: "time", 1: "consumption", 2: "monetary"}
_AMOUNT, _WARNING, _LIMIT, _STATUS, _PRESET = (
    CREDIT.index_of(name)
    for name in ("current_credit_amount", "warning_threshold", "limit", "credit_status", "preset_credit_amount")
)
_STATUS_OF_ACCOUNT = ACCOUNT.attributes[_MODE_AND_STATUS - 1].parts[1]
_STATUS_OF_CREDIT = CREDIT.attributes[_STATUS - 1]


@dataclass(frozen=True)
class Currency:
    """The account's currency: an amount of one is `10 ** scale` of it."""

    name: str
    unit: Unit
    scale: int

    @property
    def is_wh(self) -> bool:
        """Whether an amount of one is one Wh, so that credit and energy can be compared."""
        return self.unit == "consumption" and self.scale == 0 and self.name == "Wh"


def credit_read(model: MeterModel, serial: str | None, _parameters: Parameters) -> Dialogue[CreditRead]:
    """Reads the credit and changes nothing.

    Raises:
        OtherMeter: the meter in front has another serial number.
        AccessRefused: it has no prepayment, or does not give its credit.
    """
    step = Steps(Activity.CREDIT_READ.facts.steps)
    yield step("readserial")
    found = yield from identify(model, serial)
    objects = prepayment_of(model)
    yield step("readaccount")
    mode, status, currency = yield from read_account(objects)
    yield step("readcredit")
    state, _ = yield from read_credit(objects, mode, status, currency)
    return CreditRead(found, state)


def prepayment_of(model: MeterModel) -> PrepaymentObjects:
    """The model's prepayment objects. Raises AccessRefused if meters of this model have none."""
    if model.prepayment is None:
        raise missing("prepayment")
    return model.prepayment


def read_account(objects: PrepaymentObjects) -> Dialogue[tuple[PaymentMode, str, Currency]]:
    """Payment mode, status of the account in the standard's words, and its currency.

    Raises:
        AccessRefused: the meter does not give them.
        MalformedData: a mode or unit that the standard does not know.
    """
    (mode_and_status, currency), _ = yield from read_all(
        attributes(ACCOUNT.class_id, objects.account, _MODE_AND_STATUS, _CURRENCY)
    )
    mode, status = elements(mode_and_status, Tag.STRUCTURE, 2)
    if enumerated(mode) not in _MODES:
        raise MalformedData("unknown payment mode")
    return _MODES[enumerated(mode)], word(status, _STATUS_OF_ACCOUNT), _currency(currency)


def read_credit(
    objects: PrepaymentObjects, mode: PaymentMode, account_status: str, currency: Currency
) -> Dialogue[tuple[CreditState, datetime]]:
    """The credit, and the tablet's time when it was read. Raises AccessRefused if the meter does not give it."""
    wanted = attributes(CREDIT.class_id, objects.credit, _AMOUNT, _STATUS, _WARNING, _LIMIT, _PRESET)
    (amount, status, warning, limit, preset), at = yield from read_all(wanted)
    state = CreditState(
        mode=mode,
        account_status=account_status,
        amount_wh=integer(amount),
        status=word(status, _STATUS_OF_CREDIT),
        warning_threshold_wh=integer(warning),
        limit_wh=integer(limit),
        preset_wh=integer(preset),
        unit=currency.name,
    )
    return state, at


def _currency(value: Data) -> Currency:
    name, scale, unit = elements(value, Tag.STRUCTURE, 3)
    if enumerated(unit) not in _UNITS:
        raise MalformedData("unknown currency unit")
    return Currency(text(name), _UNITS[enumerated(unit)], integer(scale))
