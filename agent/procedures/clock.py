"""What a meter's clock says, beside the tablet's."""

from agent.dlms import AttributeDescriptor, DataAccessResult, Obis
from agent.dlms.cosem.clock import read_date_time
from agent.domain.errors import AccessRefused
from agent.domain.results import ClockCheck
from agent.meters import MeterModel
from agent.procedures.dialogue import Dialogue, Step, ask
from agent.procedures.identify import identify
from agent.procedures.values import local_moment, refused

STEPS = 2
CLOCK, TIME = 8, 2


def clock_check(model: MeterModel, serial: str | None) -> Dialogue[ClockCheck]:
    """Reads the clock and changes nothing.

    Raises:
        OtherMeter: the meter in front has another serial number.
        AccessRefused: it has no clock, or does not give its time.
    """
    yield Step("readserial", 1, STEPS)
    found = yield from identify(model, serial)
    yield Step("readclock", 2, STEPS)
    return (yield from read_clock(model, found))


def read_clock(model: MeterModel, serial: str) -> Dialogue[ClockCheck]:
    """The clock of the meter that has this serial number. Raises AccessRefused if there is none."""
    if model.clock is None:
        raise AccessRefused(object="clock", result=DataAccessResult.OBJECT_UNDEFINED.words)
    attribute = AttributeDescriptor(CLOCK, Obis.parse(model.clock), TIME)
    answer = yield from ask((attribute,))
    value = answer.values[0]
    if isinstance(value, DataAccessResult):
        raise refused(attribute, value)
    told = read_date_time(value)
    meter_time = local_moment(told, answer.at)
    drift = None if meter_time is None else round((meter_time - answer.at).total_seconds())
    return ClockCheck(serial, meter_time, drift, told.status.words if told.status else ())
