"""The table of interface classes: whole, without contradictions, and as the standard names things."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms.cosem.classes import CLASSES, attribute_name, interface_class, method_name
from agent.dlms.cosem.model import Attribute, AttributeKind, InterfaceClass

EXPECTED = {1, 3, 4, 5, 6, 7, 8, 9, 11, 15, 17, 18, 19, 20, 21, 22, 23, 40, 62, 63, 64, 70, 71, 111, 112, 113, 115}


def names(each: InterfaceClass) -> str:
    return f"{each.class_id} v{each.version}"


def test_all_are_there_and_each_once() -> None:
    assert {each.class_id for each in CLASSES} == EXPECTED
    assert len({(each.class_id, each.version) for each in CLASSES}) == len(CLASSES)


@pytest.mark.parametrize("each", CLASSES, ids=names)
def test_a_class_contradicts_itself_nowhere(each: InterfaceClass) -> None:
    attributes = [attribute.name for attribute in each.attributes]
    assert attributes[0] == "logical_name"
    assert len(set(attributes)) == len(attributes)
    assert len(set(each.methods)) == len(each.methods)
    for attribute in each.attributes:
        check(attribute)


def check(attribute: Attribute) -> None:
    assert attribute.name.isidentifier()
    assert bool(attribute.words) == (attribute.kind in (AttributeKind.ENUMERATION, AttributeKind.FLAGS))
    assert bool(attribute.parts) == (attribute.kind in (AttributeKind.STRUCTURE, AttributeKind.ARRAY))
    assert attribute.kind is not AttributeKind.ARRAY or len(attribute.parts) == 1
    for part in attribute.parts:
        check(part)


@pytest.mark.parametrize(
    ("class_id", "version", "attributes", "methods"),
    [
        (7, 0, 8, 4), (7, 1, 8, 4), (8, 0, 9, 6), (15, 0, 8, 4), (15, 1, 9, 4), (15, 2, 11, 6), (15, 3, 11, 6),
        (18, 0, 7, 4), (20, 0, 10, 1), (23, 1, 9, 0), (40, 0, 7, 1), (40, 1, 10, 1), (40, 2, 13, 2), (40, 3, 13, 2),
        (64, 0, 5, 2), (64, 1, 6, 8), (70, 0, 4, 2), (71, 0, 11, 0),
        (111, 0, 19, 3), (112, 0, 11, 3), (113, 0, 13, 5), (115, 0, 6, 1),
    ],
)  # fmt: skip
def test_how_many_attributes_and_methods(class_id: int, version: int, attributes: int, methods: int) -> None:
    found = interface_class(class_id, version)
    assert found is not None and found.version == version
    assert (len(found.attributes), len(found.methods)) == (attributes, methods)


@pytest.mark.parametrize(
    ("class_id", "attribute", "name"),
    [
        (3, 3, "scaler_unit"), (4, 5, "capture_time"), (5, 8, "period"), (7, 3, "capture_objects"),
        (7, 8, "profile_entries"), (8, 9, "clock_base"), (15, 9, "security_setup_reference"),
        (18, 6, "image_transfer_status"), (70, 3, "control_state"), (71, 4, "threshold_normal"),
        (111, 5, "available_credit"), (111, 19, "max_provision_period"), (112, 2, "current_credit_amount"),
        (112, 8, "credit_status"), (113, 12, "total_amount_remaining"), (115, 6, "token_status"),
    ],
)  # fmt: skip
def test_attribute_names(class_id: int, attribute: int, name: str) -> None:
    assert attribute_name(class_id, attribute) == name
    found = interface_class(class_id)
    assert found is not None and found.index_of(name) == attribute


def test_method_names() -> None:
    assert method_name(70, 1) == "remote_disconnect" and method_name(70, 2) == "remote_reconnect"
    assert method_name(112, 1) == "update_amount" and method_name(112, 2) == "set_amount_to_value"
    assert method_name(115, 1) == "enter" and method_name(113, 3) == "collect"
    assert method_name(64, 2, version=0) == "global_key_transfer" and method_name(64, 2, version=1) == "key_transfer"


def test_an_unknown_version_is_the_nearest_known_one() -> None:
    nearest = [interface_class(*asked) for asked in [(15, 9), (64, 7), (3, 200), (23, 0), (15, None)]]
    assert [found and (found.class_id, found.version) for found in nearest] == [
        (15, 3), (64, 1), (3, 0), (23, 1), (15, 3),
    ]  # fmt: skip


def test_what_the_standard_does_not_name() -> None:
    assert interface_class(8192) is None
    assert attribute_name(8192, 2) is None and method_name(8192, 1) is None
    assert attribute_name(15, 10, version=1) is None and attribute_name(15, 10, version=2) == "user_list"
    assert attribute_name(3, 0) is None and attribute_name(3, -1) is None and method_name(3, 0) is None
    with pytest.raises(KeyError):
        CLASSES[0].index_of("no such thing")


@given(st.integers(), st.integers(), st.integers())
def test_any_numbers_may_be_asked_for(class_id: int, index: int, version: int) -> None:
    attribute_name(class_id, index, version)
    method_name(class_id, index, version)
