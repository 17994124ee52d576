"""The machine's clock: a run has a name, and its uptime only grows."""

from agent.drivers.system_clock import SystemClock


def test_each_run_has_its_own_name_and_begins_at_zero() -> None:
    first, second = SystemClock(), SystemClock()
    assert first.run != second.run
    assert 0 <= second.uptime() <= first.uptime() < 60
