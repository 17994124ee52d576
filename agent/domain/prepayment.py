"""Prepayment: what SMM orders, and what a meter's accounts say. All amounts are whole Wh (D5 of the specification).

Words are those of IEC 62056-6-2, classes 111 (Account), 112 (Credit), 113 (Charge) and 115 (Token gateway).
"""

import re
from dataclasses import dataclass
from typing import Literal

from agent.domain.errors import InputError

PaymentMode = Literal["credit", "prepayment"]
MIN_CHARGE_WH, MAX_CHARGE_WH = 1, 4_294_967_295
LARGEST_BALANCE_WH = 2**31 - 1
"""A credit's current amount is a signed number of 32 bits."""


@dataclass(frozen=True)
class PrepayProfile:
    """A named way to set prepayment up. `unit_charge` is collected for each kWh, in Wh of credit."""

    name: str
    mode: PaymentMode
    credit_preset_wh: int
    warning_threshold_wh: int
    limit_wh: int
    emergency_credit_wh: int
    unit_charge: int


@dataclass(frozen=True)
class CreditState:
    """What the meter's Account and Credit say. `status` is in the standard's words; `unit` is the account's own."""

    mode: PaymentMode
    account_status: str
    amount_wh: int
    status: str
    warning_threshold_wh: int
    limit_wh: int
    preset_wh: int
    unit: str


def parse_amount(text: str) -> int:
    """Wh as typed: digits and nothing else. Raises InputError `bad-amount`."""
    if not re.fullmatch(r"[0-9]{1,10}", text, re.ASCII):
        raise InputError(code="bad-amount", amount=text[:40])
    return check_amount(int(text))


def check_amount(amount: object) -> int:
    """A whole number of Wh within D5. Raises InputError `bad-amount`."""
    if type(amount) is not int or not MIN_CHARGE_WH <= amount <= MAX_CHARGE_WH:
        raise InputError(code="bad-amount", amount="–" if amount is None else str(amount)[:40])
    return amount
