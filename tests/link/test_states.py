"""The table of states: what holds on every path through it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.errors import LocalProtocolError
from agent.link.states import NEXT, ProbeEvent, ProbeState, next_state

OPENING = (ProbeState.CONNECTING, ProbeState.DISCOVERING, ProbeState.PAIRING, ProbeState.SUBSCRIBING)


def reachable(start: ProbeState) -> set[ProbeState]:
    found, new = {start}, [start]
    while new:
        for following in NEXT[new.pop()].values():
            if following not in found:
                found.add(following)
                new.append(following)
    return found


@pytest.mark.parametrize("state", ProbeState)
def test_every_state_is_reached_and_left(state: ProbeState) -> None:
    assert state in reachable(ProbeState.IDLE)
    assert ProbeState.IDLE in reachable(state)


def test_a_scan_stops_before_a_connection_begins() -> None:
    assert ProbeState.CONNECTING not in NEXT[ProbeState.SCANNING].values()


@pytest.mark.parametrize("state", [*OPENING, ProbeState.READY])
def test_a_connection_ends_by_draining_and_in_no_other_way(state: ProbeState) -> None:
    ways_out = {following for event, following in NEXT[state].items() if following not in (*OPENING, ProbeState.READY)}
    assert ways_out == {ProbeState.DRAINING}
    assert NEXT[state][ProbeEvent.ENDED] is ProbeState.DRAINING


def test_only_a_subscription_makes_it_ready() -> None:
    edges = ((state, event, following) for state in ProbeState for event, following in NEXT[state].items())
    ways_in = [(state, event) for state, event, following in edges if following is ProbeState.READY]
    assert ways_in == [(ProbeState.SUBSCRIBING, ProbeEvent.SUBSCRIBED)]


@given(st.lists(st.sampled_from(list(ProbeEvent))))
def test_what_is_not_in_the_table_is_refused_and_changes_nothing(events: list[ProbeEvent]) -> None:
    state = ProbeState.IDLE
    for event in events:
        if event in NEXT[state]:
            state = next_state(state, event)
        else:
            with pytest.raises(LocalProtocolError):
                next_state(state, event)
