"""The first step of every procedure: which meter is this?"""

from agent.dlms import AttributeDescriptor, DataAccessResult, Obis
from agent.dlms.cosem.values import text
from agent.domain.errors import OtherMeter
from agent.meters import MeterModel
from agent.procedures.dialogue import Dialogue, ask
from agent.procedures.values import refused


def identify(model: MeterModel, expected: str | None) -> Dialogue[str]:
    """The meter's own serial number, in capitals, from the first of the model's objects that answers.

    Raises:
        OtherMeter: the meter has another serial number than expected.
        AccessRefused: none of the model's objects gives it.
    """
    found = yield from _serial_number(model)
    if expected is not None and found != expected:
        raise OtherMeter(expected=expected, found=found)
    return found


def _serial_number(model: MeterModel) -> Dialogue[str]:
    last: tuple[AttributeDescriptor, DataAccessResult] | None = None
    for name in model.serial_number:
        attribute = AttributeDescriptor(1, Obis.parse(name), 2)
        answer = yield from ask((attribute,))
        value = answer.values[0]
        if not isinstance(value, DataAccessResult):
            return text(value).upper()
        last = attribute, value
    assert last is not None, "a model names at least one object"
    raise refused(*last)
