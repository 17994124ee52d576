"""Instantaneous values and clocks that make no sense cost themselves only, with a warning."""

from agent.dlms import AttributeDescriptor, Data, Tag
from agent.domain.parameters import NOTHING
from agent.domain.sample import METERS
from agent.meters import MeterModel, load_model
from agent.procedures.clock import clock
from agent.procedures.instant import instant
from agent.simulator.meter import sample_meter
from tests.dlms.virtual_line import LAST_ROW
from tests.procedures.at_meter import AtMeter, Value

CLOCK_NOT_SET = Data(Tag.OCTET_STRING, bytes.fromhex("07ea0b00010a000000003c00"))


def model() -> MeterModel:
    found = load_model("cerm1")
    assert isinstance(found, MeterModel)
    return found


def instead(attribute: AttributeDescriptor) -> Value | None:
    if str(attribute.obis) == "1.0.32.7.0.255" and attribute.attribute == 2:
        return Data(Tag.OCTET_STRING, b"?")
    return CLOCK_NOT_SET if str(attribute.obis) == "0.0.1.0.0.255" and attribute.attribute == 2 else None


def test_one_voltage() -> None:
    sound = AtMeter(sample_meter(METERS[0], lambda: LAST_ROW)).run(instant(model(), None))
    found = AtMeter(sample_meter(METERS[0], lambda: LAST_ROW), instead).run(instant(model(), None))
    assert sound.warnings == ()
    assert found.warnings == ("clock-not-set", "registers-set-aside")
    assert found.meter_time is None
    assert found.quantities == {name: each for name, each in sound.quantities.items() if each.obis != "1.0.32.7.0.255"}


def test_a_clock_that_is_not_set() -> None:
    found = AtMeter(sample_meter(METERS[0], lambda: LAST_ROW), instead).run(clock(model(), None, NOTHING))
    assert (found.meter_time, found.drift_s, found.warnings) == (None, None, ("clock-not-set",))
