"""Every state of the charge protocol; and tables that are a little wrong, which the exploration has to find."""

from typing import get_args

import pytest

from agent.domain.attempt import TRANSITIONS, AttemptEvent, AttemptState
from tests.campaign.protocol import Broken, Kind, Protocol

_S, _E = AttemptState, AttemptEvent
KINDS: tuple[Kind, ...] = get_args(Kind)
OF_SEVERAL_CHANGES = (_S.SENT, _E.SEND)
"""A charge is one."""
Pair = tuple[AttemptState, AttemptEvent]


@pytest.mark.parametrize("kind", KINDS)
def test_every_state_is_as_it_should_be(kind: Kind) -> None:
    states = Protocol(kind).explore()
    assert len(states) > 1_000
    assert {"executed", "claimed"} <= {state.order for state in states if state.applied}


def test_the_whole_table_is_walked() -> None:
    taken = set()
    for kind in KINDS:
        protocol = Protocol(kind)
        protocol.explore()
        taken |= protocol.taken
    assert taken == set(TRANSITIONS) - {OF_SEVERAL_CHANGES}


@pytest.mark.parametrize(
    ("wrong", "becomes"),
    [
        ((_S.SENT, _E.DROPPED), _S.NOT_APPLIED),
        ((_S.INTENT, _E.LOST), _S.APPLIED),
        ((_S.SENT, _E.LOST), _S.NOT_APPLIED),
        ((_S.SENT, _E.LOST), _S.INTENT),
        ((_S.SENT, _E.CONFIRMED), _S.NOT_APPLIED),
        ((_S.UNKNOWN, _E.LOST), _S.NOT_APPLIED),
        ((_S.UNKNOWN, _E.LOST), _S.APPLIED),
        ((_S.UNKNOWN, _E.FOUND_APPLIED), _S.NOT_APPLIED),
        ((_S.UNKNOWN, _E.FOUND_ABSENT), _S.APPLIED),
        ((_S.UNKNOWN, _E.UNDECIDABLE), _S.NOT_APPLIED),
        ((_S.UNDECIDED, _E.SETTLED_APPLIED), _S.NOT_APPLIED),
        ((_S.UNDECIDED, _E.SETTLED_ABSENT), _S.APPLIED),
    ],
    ids=str,
)
def test_a_table_that_is_wrong_is_found(wrong: Pair, becomes: AttemptState) -> None:
    table = {**TRANSITIONS, wrong: becomes}
    broken = 0
    for kind in KINDS:
        try:
            Protocol(kind, table).explore()
        except Broken:
            broken += 1
    assert broken


@pytest.mark.parametrize("gone", sorted(set(TRANSITIONS) - {OF_SEVERAL_CHANGES}), ids=str)
def test_a_table_that_lacks_a_step_is_found(gone: Pair) -> None:
    table = {pair: state for pair, state in TRANSITIONS.items() if pair != gone}
    with pytest.raises(Broken):
        for kind in KINDS:
            Protocol(kind, table).explore()
