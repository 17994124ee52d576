"""Every attribute of the classes of supply, prepayment and calendar is there, and means what the standard says."""

from datetime import timedelta

import pytest

from agent.dlms.axdr.data import Tag
from agent.dlms.cosem.classes import interface_class
from agent.dlms.cosem.model import AttributeKind
from tests.simulator.operated import ACCOUNT, CREDIT, GATEWAY, Object, Time, credit, enter, get, new_meter, token

OBJECTS: list[Object] = [
    ACCOUNT,
    CREDIT,
    (112, "0.0.19.10.1"),
    (113, "0.0.19.20.0"),
    GATEWAY,
    (70, "0.0.96.3.10"),
    (71, "0.0.17.0.0"),
    (20, "0.0.13.0.0"),
]
TAGS = {
    AttributeKind.LOGICAL_NAME: Tag.OCTET_STRING,
    AttributeKind.DATE_TIME: Tag.OCTET_STRING,
    AttributeKind.ENUMERATION: Tag.ENUM,
    AttributeKind.FLAGS: Tag.BIT_STRING,
    AttributeKind.STRUCTURE: Tag.STRUCTURE,
    AttributeKind.ARRAY: Tag.ARRAY,
}


@pytest.mark.parametrize("where", OBJECTS, ids=str)
def test_every_attribute_is_there(where: Object) -> None:
    known = interface_class(where[0], 0)
    assert known is not None
    meter = new_meter(Time())
    for number, attribute in enumerate(known.attributes, 1):
        value = get(meter, where, number)
        assert value.tag is TAGS.get(attribute.kind, value.tag), attribute.name


def test_what_was_paid() -> None:
    time = Time()
    meter = new_meter(time, credit=10_000)
    time.passes(timedelta(hours=9))
    enter(meter, token(1, 500))
    time.passes(timedelta(hours=9))
    paid = get(meter, (113, "0.0.19.20.0"), 2).value
    assert paid == 10_500 - credit(meter) > 1_000
    assert get(new_meter(time, meter.ledger), (113, "0.0.19.20.0"), 2).value == paid
