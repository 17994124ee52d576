"""Charges, changes and configurations without a work order, for simulated meters: from the sample's catalogue."""

import os
from dataclasses import dataclass
from typing import Protocol, TypeVar

from agent.commands.errors import require
from agent.domain.activity import Activity
from agent.domain.credit_token import ID_OCTETS, CreditToken, vend
from agent.domain.errors import InputError
from agent.domain.parameters import ChargeCredit, Parameters, SetPrepayment, SetSupply
from agent.domain.prepayment import check_amount, parse_amount
from agent.domain.sample import CONTRACTS, METERS, OTHER_VENDING_KEY, PROFILES, TARIFFS

_ORDER = "lab"


@dataclass(frozen=True)
class LabOptions:
    """`amount` of a charge in Wh; names of a profile, a tariff or a contract of the sample."""

    lab: bool = False
    amount: str | None = None
    profile: str | None = None
    tariff: str | None = None
    contract: str | None = None

    def parameters(self, activity: Activity, serial: str | None) -> Parameters:
        """What a work order would have said.

        Raises:
            InputError: `bad-input`, something that the activity needs is missing; `bad-amount`; `unknown-name`.
        """
        match activity:
            case Activity.CREDIT_CHARGE:
                return self._charge(serial)
            case Activity.PREPAY_CONFIG if self.profile is not None:
                return SetPrepayment(_named(PROFILES, self.profile))
            case Activity.CHANGE if self.tariff is not None or self.contract is not None:
                return SetSupply(
                    None if self.tariff is None else _named(TARIFFS, self.tariff),
                    None if self.contract is None else _named(CONTRACTS, self.contract),
                )
        raise InputError(code="bad-input", field="--profile" if activity is Activity.PREPAY_CONFIG else "--tariff")

    def _charge(self, serial: str | None) -> ChargeCredit:
        """With a token under the vending key of the simulated meter."""
        require("--serial", serial is not None)
        amount_wh = check_amount(None if self.amount is None else parse_amount(self.amount))
        keys = {meter.serial: meter.vending_key for meter in METERS}
        token = CreditToken(os.urandom(ID_OCTETS), serial or "", amount_wh, _ORDER)
        return ChargeCredit(amount_wh, vend(token, keys.get(serial or "", OTHER_VENDING_KEY)), _ORDER)


class _Named(Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=_Named)


def _named(known: tuple[N, ...], name: str) -> N:
    for each in known:
        if each.name == name:
            return each
    raise InputError(code="unknown-name", name=name[:60], known=", ".join(each.name for each in known))
