"""Whatever a client writes or passes to a method: a simulated meter answers, and stays readable."""

from itertools import chain

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.dlms import ActionResult, AttributeDescriptor, Data, DataAccessResult, MethodDescriptor, Obis, Tag
from agent.dlms.axdr.coding import encode
from agent.dlms.cosem.objects import ListedObject, read_object_list
from agent.simulator.meter import MANAGEMENT_CLIENT, SimulatedMeter
from tests.dlms.axdr.strategies import any_data
from tests.simulator.operated import Time, get, new_meter


def listed(meter: SimulatedMeter) -> list[ListedObject]:
    return list(read_object_list(get(meter, (15, "0.0.40.0.0"), 2)))


OBJECTS = listed(new_meter(Time()))
WRITABLE = [(each, number) for each in OBJECTS for number in each.attributes if each.may_write(number)]
METHODS = [(each, number) for each in OBJECTS for number in each.methods]
near_misses = st.builds(Data, st.just(Tag.OCTET_STRING), st.binary(min_size=12, max_size=12)) | st.builds(
    Data, st.just(Tag.DOUBLE_LONG), st.integers(-(2**31), 2**31 - 1)
)
values = any_data | near_misses


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(WRITABLE), values), max_size=5),
    st.lists(st.tuples(st.sampled_from(METHODS), values | st.none()), max_size=5),
)
def test_it_answers_and_goes_on(
    writes: list[tuple[tuple[ListedObject, int], Data]], acts: list[tuple[tuple[ListedObject, int], Data | None]]
) -> None:
    meter = new_meter(Time())
    for (where, number), value in writes:
        target = AttributeDescriptor(where.class_id, where.obis, number)
        result = meter.write(MANAGEMENT_CLIENT, target, value)
        assert isinstance(result, DataAccessResult)
    for (where, number), parameters in acts:
        method = MethodDescriptor(where.class_id, where.obis, number)
        assert isinstance(meter.invoke(MANAGEMENT_CLIENT, method, parameters).result, ActionResult)
    again = new_meter(Time(), meter.ledger)
    for each, number in chain.from_iterable(((each, number) for number in each.attributes) for each in OBJECTS):
        if each.obis == Obis(1, 0, 99, 1, 0):
            continue
        found = again.read(MANAGEMENT_CLIENT, AttributeDescriptor(each.class_id, each.obis, number))
        assert isinstance(found, Data)
        encode(found)


def test_that_there_is_much_to_try() -> None:
    assert len(WRITABLE) > 12 and len(METHODS) > 8
