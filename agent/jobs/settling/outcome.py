"""How a job ends, decided by what happened and by how far its change had gone."""

from dataclasses import dataclass
from typing import Literal

from agent.domain.attempt import AttemptEvent, AttemptState
from agent.domain.errors import ChangeRefused, EplusError, OtherMeter, RemoteRefusal


@dataclass(frozen=True)
class JobOutcome:
    """An `interrupted` job can be taken up again; `attempt` is the next event of the journal, if there is one.

    `for_smm`: SMM gets the outcome, which closes a work order.
    """

    state: Literal["done", "failed", "interrupted"]
    attempt: AttemptEvent | None
    for_smm: bool


def outcome_of_success(attempt: AttemptState | None) -> JobOutcome:
    """Of a job that went through; perhaps without a change, where the meter was already as it should be."""
    return JobOutcome("done", _SUCCESS[attempt], for_smm=True)


def outcome_of_failure(error: EplusError, attempt: AttemptState | None, changes: int, *, ordered: bool) -> JobOutcome:
    """`changes` is how many were sent; `ordered`, whether the job is for a work order.

    Once something was sent, only the meter's own refusal of the first change proves that nothing was done. A work
    order stays open after an error that may pass; the meter's refusal closes it.
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
