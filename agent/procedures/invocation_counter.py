"""The last invocation counter that the meter accepted; its public client may read it (IEC 62056-5-3:2017)."""

from agent.dlms import AttributeDescriptor, DataAccessResult, Obis
from agent.dlms.cosem.values import integer
from agent.meters import MeterModel
from agent.procedures.dialogue import Dialogue, ask

DATA, VALUE = 1, 2


def last_counter(model: MeterModel) -> Dialogue[int | None]:
    """The number, or None where the meter does not give it.

    Raises:
        MalformedData: the value is no integer.
    """
    name = Obis.parse(model.association.invocation_counter)
    answer = yield from ask((AttributeDescriptor(DATA, name, VALUE),))
    value = answer.values[0]
    return None if isinstance(value, DataAccessResult) else integer(value)
