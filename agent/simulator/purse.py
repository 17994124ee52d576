"""The credit that a simulated meter in prepayment keeps, and how consumption reduces it. Amounts in Wh."""

from collections.abc import Callable
from dataclasses import dataclass

LOWEST, HIGHEST = -(2**31), 2**31 - 1
_ACTIVE = 2


@dataclass
class Purse:
    """What survives a restart. `credit` was the amount when the total energy was `energy`; None before the start.

    `paid` is all that consumption had taken by then.
    `account` is the account's status, `token` the last one entered (hex), at `token_at` by the meter's clock.
    """

    prepaid: bool = False
    account: int = _ACTIVE
    credit: int = 0
    energy: int | None = None
    warning: int = 5_000
    limit: int = 0
    preset: int = 0
    emergency: int = 0
    emergency_preset: int = 0
    paid: int = 0
    token: str = ""
    token_at: str = ""
    token_status: int = 0


@dataclass
class Credit:
    """The credit in a purse; `counted` returns the total energy that the meter has counted by now."""

    purse: Purse
    counted: Callable[[], int]

    def amount(self) -> int:
        """What is left; in credit mode, consumption takes nothing off."""
        return max(LOWEST, self.purse.credit - self._used())

    def paid(self) -> int:
        """All that consumption has ever taken."""
        return self.purse.paid + self._used()

    def is_out(self) -> bool:
        """Whether a prepaid credit has reached its limit."""
        return self.purse.prepaid and self.amount() <= self.purse.limit

    def end(self) -> int:
        """The total energy at which the credit reaches its limit."""
        return (self.purse.energy or 0) + max(0, self.purse.credit - self.purse.limit)

    def has_room(self, amount: int) -> bool:
        """Whether the amount can be added without overflow."""
        return LOWEST <= self.amount() + amount <= HIGHEST

    def add(self, amount: int) -> None:
        """Adds to what is left."""
        self.settle()
        self.purse.credit += amount

    def set(self, amount: int) -> None:
        """Replaces what is left."""
        self.settle()
        self.purse.credit = amount

    def settle(self) -> None:
        """Makes the present amount the one that further consumption is taken from."""
        self.purse.credit, self.purse.paid, self.purse.energy = self.amount(), self.paid(), self.counted()

    def _used(self) -> int:
        since = self.purse.energy
        return self.counted() - since if self.purse.prepaid and since is not None else 0
