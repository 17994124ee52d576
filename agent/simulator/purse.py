"""What a simulated meter in prepayment keeps of its customer's credit, and how use takes from it. Amounts in Wh."""

from collections.abc import Callable
from dataclasses import dataclass

LOWEST, HIGHEST = -(2**31), 2**31 - 1
_ACTIVE = 2


@dataclass
class Purse:
    """What outlives a restart. `credit` stood at `energy`, the total that was counted then; None before the start.

    `paid` is all that use had taken by then.
    `account` is the account's status, `token` the last one that came (hex), at `token_at` of the meter's clock.
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
    """The credit in a purse; `counted` is the total energy that the meter has counted by now."""

    purse: Purse
    counted: Callable[[], int]

    def amount(self) -> int:
        """What is left; a meter in credit mode takes nothing off."""
        return max(LOWEST, self.purse.credit - self._used())

    def paid(self) -> int:
        """All that use has ever taken."""
        return self.purse.paid + self._used()

    def is_out(self) -> bool:
        """Whether a customer who pays before has nothing left."""
        return self.purse.prepaid and self.amount() <= self.purse.limit

    def end(self) -> int:
        """The total at which nothing is left."""
        return (self.purse.energy or 0) + max(0, self.purse.credit - self.purse.limit)

    def has_room(self, amount: int) -> bool:
        return LOWEST <= self.amount() + amount <= HIGHEST

    def add(self, amount: int) -> None:
        self.settle()
        self.purse.credit += amount

    def set(self, amount: int) -> None:
        self.settle()
        self.purse.credit = amount

    def settle(self) -> None:
        """From now on it is counted from where it stands."""
        self.purse.credit, self.purse.paid, self.purse.energy = self.amount(), self.paid(), self.counted()

    def _used(self) -> int:
        since = self.purse.energy
        return self.counted() - since if self.purse.prepaid and since is not None else 0
