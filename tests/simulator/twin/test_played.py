"""Our own simulated meters recorded: their twins give the same to every procedure that reads."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent.dlms import (
    ActionResult,
    AssociationSettings,
    Data,
    DataAccessResult,
    Mechanism,
    MethodDescriptor,
    Obis,
    ServerSettings,
    Tag,
)
from agent.domain.activity import Activity
from agent.domain.parameters import NOTHING, Parameters, past_range
from agent.domain.results import LoadProfile
from agent.domain.sample import METERS
from agent.drivers.driver import DriverRequest
from agent.meters import MeterModel, load_model
from agent.meters.twin.model import OBJECT_LIST, ListLimit, Twin
from agent.simulator.load_profile import ProfileKind
from agent.simulator.meter import SimulatedMeter, sample_meter
from agent.simulator.profile import Compression
from agent.simulator.session import SignOn
from agent.simulator.twin.device import TwinDevice
from tests.simulator.twin.visiting import START, Visit, at_meter, at_twin

CLIENT = AssociationSettings(client_sap=1, mechanism=Mechanism.LLS)
PREPAID = next(meter for meter in METERS if meter.prepaid)
SERVER = ServerSettings()
DAY = past_range(START - timedelta(hours=20), START, START)
ASKED: list[tuple[Activity, Parameters]] = [
    (Activity.READING, NOTHING),
    (Activity.INSTANT, NOTHING),
    (Activity.CREDIT_READ, NOTHING),
    (Activity.CLOCK, NOTHING),
    (Activity.LOAD_PROFILE, DAY),
]


def prepaid(**more: Any) -> SimulatedMeter:
    return replace(sample_meter(PREPAID, lambda: START), **more)


def model_of(name: str) -> MeterModel:
    model = load_model(name)
    assert isinstance(model, MeterModel)
    return model


def client() -> AssociationSettings:
    return replace(CLIENT, secret=PREPAID.lls_password)


async def outcome(visit: Visit, activity: Activity, parameters: Parameters) -> str:
    """What the activity brings, or the error, in words; without the serial number and the number of all rows."""
    parts: list[LoadProfile] = []
    try:
        result = await visit.do(DriverRequest(activity, None, parameters, parts.append))
    except Exception as error:  # whatever it is, it is the same at both
        return repr(error)
    rows = [row for part in parts for row in part.rows]
    if isinstance(result, LoadProfile):
        assert len(rows) > 70
        result = replace(result, rows_held=None)
    return repr((replace(result, serial=""), rows))


@pytest.mark.parametrize(
    ("name", "more", "server", "sign_on"),
    [
        ("cerm1", {}, SERVER, "none"),
        ("cert1", {"profile": ProfileKind(channels=4), "compression": Compression.DELTA}, SERVER, "mode-e"),
        ("generic", {"compression": Compression.NULL}, ServerSettings(max_info=64, window=3), "none"),
        ("cerm1", {"compression": Compression.COMPACT}, ServerSettings(block_size=100), "none"),
    ],
)
async def test_what_is_read_of_meter_and_twin(
    name: Any, more: dict[str, Any], server: ServerSettings, sign_on: SignOn
) -> None:
    model, meter = model_of(name), prepaid(model=name, **more)
    settings = replace(client(), max_pdu=300, window=3)

    def at_original() -> Visit:
        return at_meter(meter, settings, server, sign_on, model=model)

    twin, _ = await at_original().record()
    for activity, parameters in ASKED:
        original = await outcome(at_original(), activity, parameters)
        played = await outcome(at_twin(twin, settings, fast=True, model=model), activity, parameters)
        assert played == original, activity
        assert original.startswith("(") or activity is Activity.CREDIT_READ, original


async def test_its_serial_number_is_another_one_everywhere() -> None:
    twin, text = await at_meter(prepaid(), client()).record()
    assert PREPAID.serial not in text and PREPAID.serial[7:] not in text
    assert PREPAID.lls_password.decode() not in text and PREPAID.lls_password.hex() not in text
    serial, name = _value(twin, "1/0.0.96.1.0.255/2"), _value(twin, "1/0.0.42.0.0.255/2")
    assert name == b"EPL" + serial and len(serial) == len(PREPAID.serial)


async def test_blocks_lists_and_sizes_are_those_of_the_meter() -> None:
    server = ServerSettings(block_size=150, max_info=100, window=2, list_limit=5)
    settings = replace(client(), max_info=200, window=4, max_pdu=300)
    twin, text = await at_meter(prepaid(), settings, server).record()
    assert (twin.line.send_info, twin.line.send_window) == (100, 2)
    assert twin.lists == ListLimit(5, "exception")
    assert twin.line.block_size is not None and twin.line.block_size <= 150
    _, again = await at_twin(twin, settings, fast=True).record()
    assert _without_times(again) == _without_times(text)


async def test_a_list_that_is_refused_for_each_of_it() -> None:
    server = ServerSettings(list_limit=2, beyond_list=DataAccessResult.TEMPORARY_FAILURE)
    twin, _ = await at_meter(prepaid(), client(), server).record()
    assert twin.lists == ListLimit(2, "temporary-failure")


async def test_answer_times_in_virtual_time() -> None:
    twin, _ = await at_meter(prepaid(), client(), pause=0.25).record()
    assert {(time.median_ms, time.spread_ms) for time in twin.times.values()} == {(250, 0)}
    visit = at_twin(twin, client())
    again, _ = await visit.record()
    assert {(time.median_ms, time.spread_ms) for time in again.times.values()} == {(250, 0)}
    hurried = at_twin(twin, client(), fast=True)
    await hurried.record()
    assert visit.clock.passed > 30 and hurried.clock.passed == 0


async def test_only_so_many_rows_as_are_asked_for() -> None:
    twin, _ = await at_meter(prepaid(), client()).record(rows=5)
    assert len(_value(twin, "7/1.0.99.1.0.255/2")) == 5
    assert _value(twin, "7/1.0.99.1.0.255/7") == 5


async def test_the_clock_runs_on() -> None:
    twin, _ = await at_meter(prepaid(), client()).record()
    now = [START]
    device = TwinDevice(twin, lambda: now[0])
    clock = next(each for each in twin.answers if str(each) == "8/0.0.1.0.0.255/2")
    assert device.read(1, clock) == twin.answers[clock]
    now[0] += timedelta(hours=13, seconds=5)
    later = device.read(1, clock)
    assert isinstance(later, Data) and later.value[:8] == bytes((0x07, 0xEA, 6, 2, 2, 1, 0, 15))


async def test_nothing_is_changed_and_nobody_else_gets_in() -> None:
    twin, _ = await at_meter(prepaid(), client()).record()
    device = TwinDevice(twin, lambda: START)
    assert device.access(16) is None
    value = Data(Tag.OCTET_STRING, b"")
    assert device.write(1, OBJECT_LIST, value) is DataAccessResult.READ_WRITE_DENIED
    assert device.invoke(1, MethodDescriptor(8, Obis(0, 0, 1, 0, 0), 1), None).result is ActionResult.READ_WRITE_DENIED


def _value(twin: Twin, name: str) -> Any:
    found = next(outcome for each, outcome in twin.answers.items() if str(each) == name)
    assert isinstance(found, Data)
    return found.value


def _without_times(text: str) -> list[str]:
    return [line for line in text.split("\n") if not line.startswith('{"times"')]
