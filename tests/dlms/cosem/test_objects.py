"""The object list of an association, in every version of the class."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms import AttributeDescriptor, Obis
from agent.dlms.axdr.coding import Data, Tag, decode, encode
from agent.dlms.cosem.objects import Access, ListedObject, read_object_list
from agent.domain.errors import MalformedData
from agent.simulator.meter import PUBLIC_CLIENT, other_meter
from tests.dlms.axdr.strategies import any_data

READ_WRITE = Access.READ | Access.WRITE
ASSOCIATION = Obis(0, 0, 40, 0, 0)
BREAKER = Obis(0, 0, 96, 3, 10)


def structure(*parts: Data) -> Data:
    return Data(Tag.STRUCTURE, parts)


def array(*parts: Data) -> Data:
    return Data(Tag.ARRAY, parts)


def enum(value: int) -> Data:
    return Data(Tag.ENUM, value)


def index(value: int) -> Data:
    return Data(Tag.INTEGER, value)


def attribute(number: int, mode: int, *selectors: int) -> Data:
    known = array(*map(index, selectors)) if selectors else Data(Tag.NULL, None)
    return structure(index(number), enum(mode), known)


def method(number: int, mode: Data) -> Data:
    return structure(index(number), mode)


def listed(class_id: int, version: int, obis: Obis, attributes: Data, methods: Data) -> Data:
    name = Data(Tag.OCTET_STRING, bytes(obis))
    return structure(
        Data(Tag.LONG_UNSIGNED, class_id), Data(Tag.UNSIGNED, version), name, structure(attributes, methods)
    )


def association(version: int, obis: Obis = ASSOCIATION) -> Data:
    return listed(15, version, obis, array(attribute(2, 1)), array())


def breaker(attributes: Data, methods: Data, version: int | None = None) -> ListedObject:
    return read_object_list(array(listed(70, 0, BREAKER, attributes, methods)), version)[0]


@pytest.mark.parametrize("version", [0, 1, 2])
def test_plain_modes(version: int) -> None:
    found = breaker(array(*(attribute(n + 1, n) for n in range(7))), array(), version)
    assert [n for n in range(9) if found.may_read(n)] == [2, 4, 5, 7]
    assert [n for n in range(9) if found.may_write(n)] == [3, 4, 6, 7]
    protected = [n for n in range(9) if Access.AUTHENTICATED_REQUEST in found.attribute_access(n)]
    assert protected == [5, 6, 7]


def test_methods_of_version_0_are_switches() -> None:
    found = breaker(array(), array(method(1, Data(Tag.BOOLEAN, True)), method(2, Data(Tag.BOOLEAN, False))), 0)
    assert found.may_invoke(1) and not found.may_invoke(2) and not found.may_invoke(3)


def test_methods_of_versions_1_and_2() -> None:
    found = breaker(array(), array(method(1, enum(0)), method(2, enum(1)), method(3, enum(2))), 1)
    assert [n for n in range(5) if found.may_invoke(n)] == [2, 3]
    assert found.methods[3] == Access.INVOKE | Access.AUTHENTICATED_REQUEST


def test_flags_of_version_3() -> None:
    """Mode 5 is «authenticated write only» up to version 2, and «read, authenticated» in version 3."""
    attributes, methods = (
        array(attribute(1, 0x01), attribute(2, 0x05), attribute(3, 0xFF)),
        array(method(1, enum(0x15))),
    )
    found = breaker(attributes, methods, 3)
    assert found.may_read(2) and not found.may_write(2) and found.may_write(3)
    assert found.attribute_access(2) == Access.READ | Access.AUTHENTICATED_REQUEST
    assert found.methods[1] == Access.INVOKE | Access.AUTHENTICATED_REQUEST | Access.DIGITALLY_SIGNED_REQUEST
    assert not breaker(attributes, array(), 3).may_invoke(1)
    older = breaker(array(attribute(2, 0x05)), array(), 2)
    assert older.may_write(2) and not older.may_read(2)


@pytest.mark.parametrize(("version", "may_read"), [(0, False), (1, False), (2, False), (3, True)])
def test_the_list_tells_its_own_version(version: int, may_read: bool) -> None:
    entry = listed(70, 0, BREAKER, array(attribute(2, 5)), array())
    foreign = association(1 if version == 3 else 3, Obis(0, 0, 40, 0, 1))
    assert read_object_list(array(entry, foreign, association(version)))[0].may_read(2) is may_read
    assert read_object_list(array(entry, association(version, Obis(0, 0, 40, 0, 2))))[0].may_read(2) is may_read


def test_selectors() -> None:
    profile = listed(7, 1, Obis(1, 0, 99, 1, 0), array(attribute(2, 1, 1, 2), attribute(3, 0, 1)), array())
    found = read_object_list(array(profile), 1)[0]
    assert found.may_select(2, 1) and found.may_select(2, 2)
    assert not found.may_select(2, 3) and not found.may_select(3, 1) and not found.may_select(9, 1)


def test_attributes_of_a_makers_own() -> None:
    assert breaker(array(attribute(-1, 1)), array(), 1).may_read(-1)


def test_the_simulated_meter_lists_itself() -> None:
    meter = other_meter("X1", lambda: datetime(2026, 11, 23, tzinfo=UTC))
    data = meter.read(PUBLIC_CLIENT, AttributeDescriptor(15, ASSOCIATION, 2))
    assert isinstance(data, Data)
    objects = {each.obis: each for each in read_object_list(decode(encode(data)))}
    assert objects[Obis(1, 0, 1, 8, 0)].may_read(2) and not objects[Obis(1, 0, 1, 8, 0)].may_write(2)
    assert objects[ASSOCIATION].version == 1


def test_known_octets() -> None:
    octets = (
        "0101 0204 12000f 1103 0906 0000280000ff 02020102 0203 0f01 1601 00 0203 0f02 1601 0101 0f010101 0202 0f01 1601"
    )
    (found,) = read_object_list(decode(bytes.fromhex(octets)))
    assert (found.class_id, found.version, found.obis) == (15, 3, ASSOCIATION)
    assert found.may_select(2, 1) and found.may_invoke(1)


NOTHING = Data(Tag.NULL, None)


@pytest.mark.parametrize(
    "data",
    [
        NOTHING,
        structure(),
    ],
)
def test_malformed(data: Data) -> None:
    with pytest.raises(MalformedData):
        read_object_list(data, 1)


@pytest.mark.parametrize(
    "odd",
    [
        NOTHING,
        structure(NOTHING, NOTHING, NOTHING, NOTHING),
        listed(70, 0, BREAKER, array(), array()).value[0],
    ],
)
def test_an_entry_that_is_none_is_left_out(odd: Data) -> None:
    found = read_object_list(array(odd, listed(70, 0, BREAKER, array(attribute(2, 1)), array()), odd), 1)
    assert [(each.obis, each.may_read(2)) for each in found] == [(BREAKER, True)]


@pytest.mark.parametrize(
    "entry",
    [
        listed(70, 0, BREAKER, NOTHING, array()),
        listed(70, 0, BREAKER, array(), NOTHING),
        listed(70, 0, BREAKER, array(attribute(2, 7)), array()),
        listed(70, 0, BREAKER, array(structure(index(2), enum(1))), array()),
        listed(70, 0, BREAKER, array(structure(index(2), enum(1), index(1))), array()),
        listed(70, 0, BREAKER, array(), array(method(1, enum(3)))),
        listed(70, 0, BREAKER, array(), array(method(1, NOTHING))),
    ],
)
def test_an_odd_right_is_left_out_and_the_object_stands(entry: Data) -> None:
    (found,) = read_object_list(array(entry), 1)
    assert found.obis == BREAKER
    assert not found.may_read(2) and not found.may_invoke(1)


def test_rights_of_other_types_and_given_twice() -> None:
    unsigned = Data(Tag.UNSIGNED, 1)
    rights = array(structure(enum(2), unsigned, array(unsigned)), attribute(3, 1), attribute(3, 0))
    (found,) = read_object_list(array(listed(70, 0, BREAKER, rights, array())), 1)
    assert found.may_read(3)
    assert not found.may_read(2), "an enumeration is no index"


def test_a_list_that_leaves_its_association_out() -> None:
    (found,) = read_object_list(array(listed(70, 0, BREAKER, array(attribute(2, 1)), array(method(1, enum(1))))))
    assert found.may_read(2) and not found.may_write(2) and found.may_invoke(1)


@given(any_data, st.sampled_from([None, 0, 1, 2, 3]))
def test_any_data_gives_objects_or_malformed_data(data: Data, version: int | None) -> None:
    for candidate in (data, array(data), array(listed(70, 0, BREAKER, data, data)), array(association(3), data)):
        try:
            read_object_list(candidate, version)
        except MalformedData:
            pass


@given(
    st.lists(
        st.tuples(st.integers(0, 65535), st.dictionaries(st.integers(-128, 127), st.integers(0, 255), max_size=5)),
        max_size=5,
    )
)
def test_what_is_listed_is_found(objects: list[tuple[int, dict[int, int]]]) -> None:
    entries = (
        listed(class_id, 0, BREAKER, array(*(attribute(*item) for item in rights.items())), array())
        for class_id, rights in objects
    )
    found = read_object_list(decode(encode(array(*entries))), 3)
    assert [each.class_id for each in found] == [class_id for class_id, _ in objects]
    for each, (_, rights) in zip(found, objects, strict=True):
        assert {number: int(right.access) for number, right in each.attributes.items()} == rights
        assert all(each.may_read(number) == bool(mode & 1) for number, mode in rights.items())
