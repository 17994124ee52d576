"""The energy a customer has used: it grows while the breaker is closed, and the past never changes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agent.simulator.load import EPOCH, energy_since_epoch


@dataclass(frozen=True)
class Run:
    """From `at` on, the registers, T1…T6 in Wh, grow from these energies, or stand still."""

    at: datetime
    energies: tuple[int, ...]
    flows: bool


@dataclass
class Use:
    """All runs of a meter, oldest first."""

    runs: list[Run] = field(default_factory=list)

    @classmethod
    def since_epoch(cls, first_energies: tuple[int, ...], *, flows: bool) -> "Use":
        """A meter that had these energies at the epoch."""
        return cls([Run(EPOCH, first_energies, flows)])

    def energies(self, at: datetime) -> list[int]:
        """T1…T6 in Wh."""
        run = next((run for run in reversed(self.runs) if run.at <= at), self.runs[0])
        if not run.flows:
            return list(run.energies)
        used = zip(run.energies, energy_since_epoch(at), energy_since_epoch(run.at), strict=True)
        return [first + now - then for first, now, then in used]

    def switch(self, at: datetime, *, flows: bool) -> None:
        """Begins a run with the energies of that moment."""
        self.runs.append(Run(at, tuple(self.energies(at)), flows))

    def reached(self, total: int, now: datetime) -> datetime:
        """The first second of the present run with this total, in Wh; `now` if it is not reached yet."""
        begin = self.runs[-1].at
        low, high = 0, max(0, int((now - begin).total_seconds()))
        while low < high:
            middle = (low + high) // 2
            if sum(self.energies(begin + timedelta(seconds=middle))) >= total:
                high = middle
            else:
                low = middle + 1
        return min(now, begin + timedelta(seconds=low)).astimezone(now.tzinfo)

    def state(self) -> list[list[Any]]:
        """All runs as JSON values, for the ledger."""
        return [[run.at.isoformat(), list(run.energies), run.flows] for run in self.runs]

    def restore(self, state: Sequence[Sequence[Any]]) -> None:
        """Back to the runs of `state`."""
        self.runs = [Run(datetime.fromisoformat(at), tuple(energies), flows) for at, energies, flows in state]
