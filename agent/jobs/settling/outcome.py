"""How a job ends: a table of what happened and of how far its change had gone."""

from dataclasses import dataclass
from typing import Literal

from agent.domain.attempt import AttemptEvent, AttemptState
from agent.domain.errors import ChangeRefused, EplusError, OtherMeter, RemoteRefusal


@dataclass(frozen=True)
class JobOutcome:
    """`interrupted` is for somebody to go on with; `attempt` is the journal's next step, if there is a journal.

    `for_smm`: the outcome is told, and a work order is closed by it.
    """

    state: Literal["done", "failed", "interrupted"]
    attempt: AttemptEvent | None
    for_smm: bool


def ending_of_success(attempt: AttemptState | None) -> JobOutcome:
    """Nothing may have been changed at all: the meter was as it should be."""
    return JobOutcome("done", _SUCCESS[attempt], for_smm=True)


def ending_of_failure(error: EplusError, attempt: AttemptState | None, changes: int, *, ordered: bool) -> JobOutcome:
    """`changes` is how many have left; `ordered`, whether the job is for a work order of SMM.

    Once something has left, only the meter's own refusal of the first change proves that nothing was done. A work
    order stays open after trouble that may be over at the next try; the meter's refusal closes it.
    """
    if attempt is AttemptState.SENT:
        if not (isinstance(error, ChangeRefused) and changes == 1):
            return JobOutcome("interrupted", AttemptEvent.LOST, for_smm=False)
        return JobOutcome("failed", AttemptEvent.REFUSED, for_smm=True)
    dropped = AttemptEvent.DROPPED if attempt is AttemptState.INTENT else None
    return JobOutcome("failed", dropped, for_smm=not ordered or _is_final(error))


_SUCCESS = {None: None, AttemptState.INTENT: AttemptEvent.DROPPED, AttemptState.SENT: AttemptEvent.CONFIRMED}


def _is_final(error: EplusError) -> bool:
    return isinstance(error, RemoteRefusal) and not isinstance(error, OtherMeter)
