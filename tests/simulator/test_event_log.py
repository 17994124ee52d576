"""The event log of a simulated meter, and what it measures now."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from agent.dlms import AttributeDescriptor, Data, DataAccessResult, Obis, SelectiveAccess, Tag
from agent.dlms.cosem.clock import encode_date_time, read_date_time
from agent.dlms.cosem.registers import register
from agent.dlms.cosem.selection import EntryDescriptor, RangeDescriptor
from agent.meters import MeterModel, load_model
from agent.simulator.event_log import CODES
from agent.simulator.meter import MANAGEMENT_CLIENT, SimulatedMeter
from tests.simulator.operated import Time, act, enter, get, new_meter, put, token

LOG, LAST_CODE, BREAKER, CLOCK = (7, "0.0.99.98.0"), (1, "0.0.96.11.0"), (70, "0.0.96.3.10"), (8, "0.0.1.0.0")
MINUTE = timedelta(minutes=1)


def entries(meter: SimulatedMeter, access: SelectiveAccess | None = None) -> list[tuple[datetime | None, int]]:
    found = meter.read(MANAGEMENT_CLIENT, AttributeDescriptor(LOG[0], Obis.parse(LOG[1]), 2, access))
    assert isinstance(found, Data)
    return [(read_date_time(at).to_datetime(), code.value) for at, code in (row.value for row in found.value)]


def codes(*kinds: str) -> list[int]:
    return [CODES[kind] for kind in kinds]


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def meter(time: Time) -> SimulatedMeter:
    """A minute between one event and the next; the clock is set an hour ahead in the end."""
    meter = new_meter(time, ahead=timedelta(0))
    for method in (1, 2):
        time.passes(MINUTE)
        act(meter, BREAKER, method, Data(Tag.INTEGER, 0))
    for number in (1, 1):
        time.passes(MINUTE)
        enter(meter, token(number, 500))
    time.passes(MINUTE)
    put(meter, (112, "0.0.19.10.0"), 5, Data(Tag.DOUBLE_LONG, 100))
    put(meter, CLOCK, 2, Data(Tag.OCTET_STRING, encode_date_time(time.value + timedelta(hours=1))))
    return meter


def test_all_that_happened(meter: SimulatedMeter, time: Time) -> None:
    kinds = ["power-up", "disconnected", "reconnected", "charge", "token-refused", "configuration", "clock"]
    assert [code for _, code in entries(meter)] == codes(*kinds)
    began = time.value - 5 * MINUTE
    last = time.value + timedelta(hours=1)
    assert [at for at, _ in entries(meter)] == [*(began + number * MINUTE for number in range(6)), last]
    assert get(meter, LAST_CODE, 2).value == CODES["clock"]
    assert get(meter, LOG, 7).value == 7


def test_a_part_of_it(meter: SimulatedMeter, time: Time) -> None:
    began = time.value - 5 * MINUTE
    ranged = RangeDescriptor(began + MINUTE, began + 3 * MINUTE).access()
    assert [code for _, code in entries(meter, ranged)] == codes("disconnected", "reconnected", "charge")
    assert [code for _, code in entries(meter, EntryDescriptor(2, 3).access())] == codes("disconnected", "reconnected")
    nonsense = AttributeDescriptor(LOG[0], Obis.parse(LOG[1]), 2, SelectiveAccess(9, Data(Tag.NULL, None)))
    assert meter.read(MANAGEMENT_CLIENT, nonsense) is DataAccessResult.SCOPE_OF_ACCESS_VIOLATED


def test_a_restart_is_an_event(meter: SimulatedMeter, time: Time) -> None:
    again = new_meter(time, meter.ledger)
    assert [code for _, code in entries(again)][-2:] == codes("clock", "power-up")


@pytest.mark.parametrize("model", ["cerm1", "cert1"])
def test_it_measures_what_its_model_names(time: Time, model: str) -> None:
    known = load_model(model)
    assert isinstance(known, MeterModel)
    meter = new_meter(time, model=model)
    found = {name: register(get(meter, (3, obis), 2), get(meter, (3, obis), 3)) for name, obis in known.instant.items()}
    phases = [name[1] for name in found if name[0] == "u"]
    apparent = sum(found[f"u{phase}"].value * found[f"i{phase}"].value for phase in phases)
    assert found["p"].value == pytest.approx(apparent * found["pf"].value, rel=Decimal("0.02"))
    assert {name[0]: value.unit for name, value in found.items() if name != "pf"} == {
        "u": "V",
        "i": "A",
        "p": "W",
        "q": "var",
        "f": "Hz",
    }
    assert found["f"].value == Decimal("50.01")
