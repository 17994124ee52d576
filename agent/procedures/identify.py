"""The first step of every procedure: which meter is this?"""

from agent.dlms import AttributeDescriptor, Data, DataAccessResult, Obis
from agent.dlms.cosem.values import text
from agent.domain.errors import EplusError, MalformedData, OtherMeter
from agent.domain.serial import is_serial
from agent.meters import MeterModel
from agent.procedures.dialogue import Dialogue, ask
from agent.procedures.values import refused


def identify(model: MeterModel, expected: str | None) -> Dialogue[str]:
    """The meter's own serial number, in capitals, from the first of the model's objects that gives one.

    Raises:
        OtherMeter: the meter has another serial number than expected.
        AccessRefused: it refuses all of the model's objects.
        MalformedData: `serial-unreadable`, if what they give is no serial number.
    """
    found = yield from _serial_number(model)
    if expected is not None and found != expected:
        raise OtherMeter(expected=expected, found=found)
    return found


def _serial_number(model: MeterModel) -> Dialogue[str]:
    error: EplusError | None = None
    for name in model.serial_number:
        attribute = AttributeDescriptor(1, Obis.parse(name), 2)
        answer = yield from ask((attribute,))
        value = answer.values[0]
        if isinstance(value, DataAccessResult):
            error = error or refused(attribute, value)
        elif (serial := _serial_in(value)) is not None:
            return serial
        else:
            error = MalformedData(code="serial-unreadable", retryable=False)
    assert error is not None, "a model names at least one object"
    raise error


def _serial_in(value: Data) -> str | None:
    try:
        serial = text(value).upper()
    except MalformedData:
        return None
    return serial if is_serial(serial) else None
