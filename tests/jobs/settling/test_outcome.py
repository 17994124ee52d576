"""Every end of a job: what happened, how far its change had gone, and whether a work order waits for it."""

import pytest

from agent.domain.attempt import TRANSITIONS, AttemptEvent, AttemptState
from agent.domain.errors import AccessRefused, ChangeRefused, EplusError, LinkLost, OtherMeter
from agent.jobs.settling.outcome import JobOutcome, outcome_of_failure, outcome_of_success

LOST = LinkLost()
REFUSED = ChangeRefused(object="0.0.96.3.10.255", result="read-write-denied")
DENIED = AccessRefused(object="1.0.1.8.0.255", result="object-undefined")
OTHER = OtherMeter(expected="A", found="B")
BEFORE_THE_END = (None, AttemptState.INTENT, AttemptState.SENT)


@pytest.mark.parametrize("attempt", BEFORE_THE_END)
def test_what_went_through_is_done(attempt: AttemptState | None) -> None:
    outcome = outcome_of_success(attempt)
    assert (outcome.state, outcome.for_smm) == ("done", True)
    assert (outcome.attempt is None) == (attempt is None)


@pytest.mark.parametrize("error", [LOST, DENIED, OTHER, EplusError("anything")])
@pytest.mark.parametrize("ordered", [True, False])
def test_after_a_change_was_sent_nobody_knows(error: EplusError, ordered: bool) -> None:
    outcome = outcome_of_failure(error, AttemptState.SENT, 1, ordered=ordered)
    assert outcome == JobOutcome("interrupted", AttemptEvent.LOST, for_smm=False)


def test_only_the_refusal_of_the_first_change_proves_that_nothing_was_done() -> None:
    first = outcome_of_failure(REFUSED, AttemptState.SENT, 1, ordered=True)
    assert first == JobOutcome("failed", AttemptEvent.REFUSED, for_smm=True)
    assert outcome_of_failure(REFUSED, AttemptState.SENT, 2, ordered=True).state == "interrupted"


@pytest.mark.parametrize(
    ("error", "for_smm"),
    [(LOST, False), (OTHER, False), (EplusError("anything"), False), (DENIED, True)],
)
def test_a_work_order_is_closed_by_the_meters_refusal_alone(error: EplusError, for_smm: bool) -> None:
    outcome = outcome_of_failure(error, AttemptState.INTENT, 0, ordered=True)
    assert outcome == JobOutcome("failed", AttemptEvent.DROPPED, for_smm=for_smm)
    assert outcome_of_failure(error, None, 0, ordered=False).for_smm


@pytest.mark.parametrize("attempt", [AttemptState.INTENT, AttemptState.SENT])
@pytest.mark.parametrize("error", [None, LOST, REFUSED, DENIED])
def test_the_journal_can_take_every_end(attempt: AttemptState, error: EplusError | None) -> None:
    changes = 1 if attempt is AttemptState.SENT else 0
    if error is None:
        outcome = outcome_of_success(attempt)
    else:
        outcome = outcome_of_failure(error, attempt, changes, ordered=True)
    assert outcome.attempt is not None and (attempt, outcome.attempt) in TRANSITIONS
