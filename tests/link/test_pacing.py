"""Backlog and backoff: arithmetic on seconds that are passed in."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from agent.link.backoff import LONGEST_SECONDS, Backoff
from agent.link.pacing import Backlog


@given(st.lists(st.tuples(st.integers(1, 512), st.floats(0, 5)), max_size=50), st.sampled_from([300, 9600, 57_600]))
def test_whoever_waits_for_room_never_overfills(writes: list[tuple[int, float]], baud: int) -> None:
    buffer = 600
    backlog, now, sent = Backlog(baud), 0.0, 0
    for octets, pause in writes:
        now += pause
        now += backlog.seconds_until_room(octets, buffer, now)
        backlog.add(octets, now)
        sent += octets
        assert backlog.seconds_until_empty(now) * baud / 10 <= buffer + 1e-6
    now += backlog.seconds_until_empty(now)
    assert now >= sent * 10 / baud * (1 - 1e-9)


@given(st.integers())
def test_it_waits_longer_each_time_and_never_for_ever(seed: int) -> None:
    backoff = Backoff(Random(seed))
    delays = [backoff.next_delay() for _ in range(40)]
    assert all(0.8 <= later <= 1.2 * LONGEST_SECONDS for later in delays)
    assert delays[0] < delays[2] < delays[4]
    backoff.reset()
    assert backoff.next_delay() <= 1.2
