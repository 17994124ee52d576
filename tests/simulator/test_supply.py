"""Breaker, limiter and activity calendar of a simulated meter."""

import pytest

from agent.dlms import ActionResult, Data, DataAccessResult, Tag
from agent.simulator.meter import SimulatedMeter
from agent.simulator.objects import structure
from tests.simulator.operated import Time, act, get, new_meter, put

BREAKER, LIMITER, CALENDAR = (70, "0.0.96.3.10"), (71, "0.0.17.0.0"), (20, "0.0.13.0.0")
DISCONNECT, RECONNECT = 1, 2
NOTHING = Data(Tag.INTEGER, 0)


def states(meter: SimulatedMeter) -> tuple[bool, int]:
    return get(meter, BREAKER, 2).value, get(meter, BREAKER, 3).value


@pytest.mark.parametrize("control_mode", range(7))
def test_what_a_control_mode_permits(control_mode: int) -> None:
    meter = new_meter(Time(), control_mode=control_mode)
    assert (get(meter, BREAKER, 4).value, states(meter)) == (control_mode, (True, 1))
    if control_mode == 0:
        assert act(meter, BREAKER, DISCONNECT, NOTHING) is ActionResult.OTHER_REASON
        assert act(meter, BREAKER, RECONNECT, NOTHING) is ActionResult.OTHER_REASON
        assert (states(meter), meter.ledger.count("breaker")) == ((True, 1), 0)
        return
    assert act(meter, BREAKER, RECONNECT, NOTHING) is ActionResult.SUCCESS
    assert states(meter) == (True, 1)
    assert act(meter, BREAKER, DISCONNECT, NOTHING) is ActionResult.SUCCESS
    assert states(meter) == (False, 0)
    assert act(meter, BREAKER, RECONNECT, NOTHING) is ActionResult.SUCCESS
    assert states(meter) == ((True, 1) if control_mode in (2, 4) else (False, 2))
    assert meter.ledger.count("breaker") == 3


def test_contracted_power() -> None:
    meter = new_meter(Time())
    assert put(meter, LIMITER, 4, Data(Tag.DOUBLE_LONG_UNSIGNED, 10_000)) is DataAccessResult.SUCCESS
    assert [get(meter, LIMITER, number).value for number in (3, 4)] == [10_000, 10_000]
    assert put(meter, LIMITER, 5, Data(Tag.DOUBLE_LONG_UNSIGNED, 500)) is DataAccessResult.SUCCESS
    assert get(meter, LIMITER, 5).value == 500
    assert put(meter, LIMITER, 4, Data(Tag.LONG, 1)) is DataAccessResult.TYPE_UNMATCHED
    assert put(meter, LIMITER, 3, Data(Tag.DOUBLE_LONG_UNSIGNED, 1)) is DataAccessResult.READ_WRITE_DENIED


def octets(value: bytes) -> Data:
    return Data(Tag.OCTET_STRING, value)


def array(*elements: Data) -> Data:
    return Data(Tag.ARRAY, elements)


def calendar(name: bytes) -> dict[int, Data]:
    """The passive attributes: name, two seasons, two weeks, and a day of two switches."""
    midnight = bytes.fromhex("ff 00000000 8000 00")
    starts = {b"inv": 4, b"ver": 10}
    seasons = [
        structure(octets(week), octets(bytes((0xFF, 0xFF, month, 1)) + midnight), octets(week))
        for week, month in starts.items()
    ]
    weeks = [structure(octets(week), *[Data(Tag.UNSIGNED, 1)] * 7) for week in starts]
    script = octets(bytes((0, 0, 10, 0, 100, 255)))
    switches = [
        structure(octets(bytes((hour, 0, 0, 0))), script, Data(Tag.LONG_UNSIGNED, tariff))
        for hour, tariff in ((0, 1), (8, 2))
    ]
    day = structure(Data(Tag.UNSIGNED, 1), array(*switches))
    return {6: octets(name), 7: array(*seasons), 8: array(*weeks), 9: array(day)}


def test_a_calendar_waits_until_it_is_activated() -> None:
    meter = new_meter(Time())
    before = {number: get(meter, CALENDAR, number) for number in range(2, 6)}
    wanted = calendar(b"Chile_THR_Tariff")
    for number, value in wanted.items():
        assert put(meter, CALENDAR, number, value) is DataAccessResult.SUCCESS
    assert {number: get(meter, CALENDAR, number) for number in before} == before
    assert {number: get(meter, CALENDAR, number) for number in wanted} == wanted
    assert act(meter, CALENDAR, 1, NOTHING) is ActionResult.SUCCESS
    assert {number + 4: get(meter, CALENDAR, number) for number in before} == wanted
    assert put(meter, CALENDAR, 2, octets(b"x")) is DataAccessResult.READ_WRITE_DENIED


@pytest.mark.parametrize("value", [octets(b"x"), array(octets(b"x")), array(structure(octets(b"x"), octets(b"y")))])
def test_what_is_no_calendar(value: Data) -> None:
    meter = new_meter(Time())
    for number in (7, 8, 9):
        assert put(meter, CALENDAR, number, value) is DataAccessResult.TYPE_UNMATCHED
    assert meter.ledger.count("configuration") == 0
