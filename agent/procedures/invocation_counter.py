"""The meter's record of the last invocation counter that it accepted, which its public client may read."""

from agent.dlms import AttributeDescriptor, DataAccessResult, Obis
from agent.dlms.cosem.values import integer
from agent.meters import MeterModel
from agent.procedures.dialogue import Dialogue, ask

DATA, VALUE = 1, 2


def last_counter(model: MeterModel) -> Dialogue[int | None]:
    """The number, or None where the meter does not tell it."""
    name = Obis.parse(model.association.invocation_counter)
    answer = yield from ask((AttributeDescriptor(DATA, name, VALUE),))
    value = answer.values[0]
    return None if isinstance(value, DataAccessResult) else integer(value)
