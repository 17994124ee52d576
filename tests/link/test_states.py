"""The table of states: what it promises, whatever way one goes through it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.errors import LocalProtocolError
from agent.link.states import NEXT, Event, State, next_state

OPENING = (State.CONNECTING, State.DISCOVERING, State.PAIRING, State.SUBSCRIBING)


def reachable(start: State) -> set[State]:
    found, new = {start}, [start]
    while new:
        for following in NEXT[new.pop()].values():
            if following not in found:
                found.add(following)
                new.append(following)
    return found


@pytest.mark.parametrize("state", State)
def test_every_state_is_reached_and_left(state: State) -> None:
    assert state in reachable(State.IDLE)
    assert State.IDLE in reachable(state)


def test_a_scan_stops_before_a_connection_begins() -> None:
    assert State.CONNECTING not in NEXT[State.SCANNING].values()


@pytest.mark.parametrize("state", [*OPENING, State.READY])
def test_a_connection_ends_by_draining_and_in_no_other_way(state: State) -> None:
    ways_out = {following for event, following in NEXT[state].items() if following not in (*OPENING, State.READY)}
    assert ways_out == {State.DRAINING}
    assert NEXT[state][Event.ENDED] is State.DRAINING


def test_only_a_subscription_makes_it_ready() -> None:
    edges = ((state, event, following) for state in State for event, following in NEXT[state].items())
    ways_in = [(state, event) for state, event, following in edges if following is State.READY]
    assert ways_in == [(State.SUBSCRIBING, Event.SUBSCRIBED)]


@given(st.lists(st.sampled_from(list(Event))))
def test_what_is_not_in_the_table_is_refused_and_changes_nothing(events: list[Event]) -> None:
    state = State.IDLE
    for event in events:
        if event in NEXT[state]:
            state = next_state(state, event)
        else:
            with pytest.raises(LocalProtocolError):
                next_state(state, event)
