"""What a customer has used: the past never changes, whatever the breaker does."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from agent.dlms import Data, Tag
from agent.simulator.load import EPOCH
from agent.simulator.meter import SimulatedMeter
from agent.simulator.use import Use
from tests.simulator.operated import Object, Time, act, get, new_meter

BREAKER: Object = (70, "0.0.96.3.10")
PROFILE: Object = (7, "1.0.99.1.0")
moves = st.lists(st.tuples(st.timedeltas(timedelta(0), timedelta(days=9)), st.booleans()), max_size=8)


@given(moves, st.timedeltas(timedelta(0), timedelta(days=80)), st.timedeltas(timedelta(0), timedelta(days=5)))
def test_no_register_ever_falls(moved: list[tuple[timedelta, bool]], when: timedelta, later: timedelta) -> None:
    use, now = Use.since_epoch((1, 2, 3, 4, 5, 6), flows=True), EPOCH
    for wait, flows in moved:
        now += wait
        use.switch(now, flows=flows)
    before, after = use.energies(EPOCH + when), use.energies(EPOCH + when + later)
    assert all(low <= high for low, high in zip(before, after, strict=True))
    again = Use()
    again.restore(use.state())
    assert again == use


@given(st.integers(0, 100_000), st.timedeltas(timedelta(0), timedelta(days=20)))
def test_the_second_when_so_much_was_reached(total: int, waited: timedelta) -> None:
    use = Use.since_epoch((0,) * 6, flows=True)
    at = use.reached(total, EPOCH + waited)
    assert sum(use.energies(at)) >= total or at == EPOCH + timedelta(seconds=int(waited.total_seconds()))
    assert at == EPOCH or sum(use.energies(at - timedelta(seconds=1))) < total


def switch(meter: SimulatedMeter, method: int) -> None:
    act(meter, BREAKER, method, Data(Tag.INTEGER, 0))


def test_rows_of_the_load_profile_do_not_change_with_the_breaker() -> None:
    time = Time()
    meter = new_meter(time, credit=10**9, connected=False)
    before = get(meter, PROFILE, 2)
    switch(meter, 2)
    assert get(meter, PROFILE, 2) == before
    time.passes(timedelta(days=1))
    day = get(meter, PROFILE, 2).value[-96:]
    switch(meter, 1)
    assert get(meter, PROFILE, 2).value[-96:] == day
    assert day[-1].value[2].value > day[0].value[2].value


def test_invocations_are_counted_on_after_a_restart() -> None:
    time = Time()
    meter = new_meter(time)
    last = [meter.next() for _ in range(5)][-1]
    assert new_meter(time, meter.ledger).next() > last
