"""Prepayment: what SMM orders, and what a meter's accounts hold. All amounts are whole Wh.

Terms are those of IEC 62056-6-2:2017: Account (class_id 111), Credit (112), Charge (113) and Token gateway (115).
"""

import re
from dataclasses import dataclass
from typing import Literal

from agent.domain.errors import InputError

PaymentMode = Literal["credit", "prepayment"]
MIN_CHARGE_WH, MAX_CHARGE_WH = 1, 4_294_967_295
"""A charge is from 1 to 2**32 - 1 Wh, ends included."""

LARGEST_BALANCE_WH = 2**31 - 1
"""A Credit's current_credit_amount is a signed number of 32 bits."""


@dataclass(frozen=True)
class PrepayProfile:
    """A named way to set prepayment up. For each kWh consumed, `unit_charge` Wh of credit are collected."""

    name: str
    mode: PaymentMode
    credit_preset_wh: int
    warning_threshold_wh: int
    limit_wh: int
    emergency_credit_wh: int
    unit_charge: int


@dataclass(frozen=True)
class CreditState:
    """What the meter's Account and Credit hold. Statuses are in the standard's words; `unit` is the currency."""

    mode: PaymentMode
    account_status: str
    amount_wh: int
    status: str
    warning_threshold_wh: int
    limit_wh: int
    preset_wh: int
    unit: str


def parse_amount(text: str) -> int:
    """A number of Wh as typed: digits only. Raises InputError `bad-amount`."""
    if not re.fullmatch(r"[0-9]{1,10}", text, re.ASCII):
        raise InputError(code="bad-amount", amount=text[:40])
    return check_amount(int(text))


def check_amount(amount: object) -> int:
    """The amount, if it is a whole number of Wh that a charge may have. Raises InputError `bad-amount`."""
    if type(amount) is not int or not MIN_CHARGE_WH <= amount <= MAX_CHARGE_WH:
        raise InputError(code="bad-amount", amount="–" if amount is None else str(amount)[:40])
    return amount
