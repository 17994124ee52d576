"""Charges, changes and configurations without a work order, for simulated meters: from the sample's catalogue."""

import os
from dataclasses import dataclass
from typing import Protocol, TypeVar

from agent.domain.activity import Activity
from agent.domain.errors import InputError
from agent.domain.parameters import Charge, Parameters, Prepay, SupplyParameters
from agent.domain.prepayment import check_amount
from agent.domain.sample import CONTRACTS, METERS, OTHER_VENDING_KEY, PROFILES, TARIFFS
from agent.domain.token import ID_OCTETS, CreditToken, vend

_ORDER = "lab"


@dataclass(frozen=True)
class LabRequest:
    """`amount_wh` of a charge; names of a profile, a tariff or a contract of the sample."""

    amount_wh: int | None = None
    profile: str | None = None
    tariff: str | None = None
    contract: str | None = None


def lab_parameters(activity: Activity, serial: str | None, wish: LabRequest) -> Parameters:
    """What an order would have said.

    Raises:
        InputError: `bad-input`, something that the activity needs is missing; `bad-amount`; `unknown-name`.
    """
    match activity:
        case Activity.CREDIT_CHARGE:
            return _charge(serial, wish.amount_wh)
        case Activity.PREPAY_CONFIG if wish.profile is not None:
            return Prepay(_named(PROFILES, wish.profile))
        case Activity.CHANGE if wish.tariff is not None or wish.contract is not None:
            return SupplyParameters(
                None if wish.tariff is None else _named(TARIFFS, wish.tariff),
                None if wish.contract is None else _named(CONTRACTS, wish.contract),
            )
    raise InputError(code="bad-input", field="--profile" if activity is Activity.PREPAY_CONFIG else "--tariff")


def _charge(serial: str | None, amount_wh: int | None) -> Charge:
    """With a token under the vending key that the simulated meter has."""
    if serial is None:
        raise InputError(code="bad-input", field="--serial")
    amount_wh = check_amount(amount_wh)
    keys = {meter.serial: meter.vending_key for meter in METERS}
    token = CreditToken(os.urandom(ID_OCTETS), serial, amount_wh, _ORDER)
    return Charge(amount_wh, vend(token, keys.get(serial, OTHER_VENDING_KEY)), _ORDER)


class _Named(Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=_Named)


def _named(known: tuple[N, ...], name: str) -> N:
    for each in known:
        if each.name == name:
            return each
    raise InputError(code="unknown-name", name=name[:60], known=", ".join(each.name for each in known))
