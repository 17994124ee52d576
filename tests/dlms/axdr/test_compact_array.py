"""Compact-array: known octets, round trips, lies, and any octets at all."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms.axdr.coding import MAX_DEPTH, Data, Tag, decode, encode, to_python
from agent.dlms.axdr.compact_array import CompactArray, TypeDescription
from agent.domain.errors import LocalProtocolError, MalformedData
from tests.dlms.axdr.strategies import compact_arrays


@given(compact_arrays())
def test_round_trip(data: Data) -> None:
    assert decode(encode(data)) == data


@given(compact_arrays())
def test_inside_other_data(data: Data) -> None:
    outer = Data(Tag.STRUCTURE, (data, Data(Tag.UNSIGNED, 1)))
    assert decode(encode(outer)) == outer


@given(compact_arrays(), st.integers(1, 20))
def test_an_early_end_is_malformed(data: Data, missing: int) -> None:
    octets = encode(data)
    with pytest.raises(MalformedData):
        decode(octets[: max(0, len(octets) - missing)])


@given(st.binary(max_size=200))
def test_any_octets_give_data_or_malformed_data(octets: bytes) -> None:
    try:
        decode(b"\x13" + octets)
    except MalformedData:
        pass


@pytest.mark.parametrize(
    ("octets", "value"),
    [
        ("13 11 03 010203", [1, 2, 3]),
        ("13 0a 04 0141 0142", ["A", "B"]),
        ("13 020212 11 06 000101 000202", [[1, 1], [2, 2]]),
        ("13 01 0002 12 08 0001 0002 0003 0004", [[1, 2], [3, 4]]),
        ("13 0202 09 06 07 020102 00000005", [[b"\x01\x02", 5]]),
        ("13 0203 00 1f 01 0002 0f 06 07 01ff 08 02fe", [[None, 7, [1, -1]], [None, 8, [2, -2]]]),
        ("13 06 00", []),
        ("13 00 00", []),
    ],
)
def test_known_octets(octets: str, value: object) -> None:
    assert to_python(decode(bytes.fromhex(octets))) == value


@pytest.mark.parametrize(
    "octets",
    [
        "13",
        "13 06",
        "13 07 00",  # no such type
        "13 13 06 00 00",  # a compact-array of compact-arrays
        "13 06 03 010203",  # not whole elements
        "13 06 84ffffffff 00000001",  # contents longer than what is there
        "13 02 84ffffffff 06 00",  # a structure of more types than octets
        "13 00 01 00",  # elements without octets
        "13 0200 01 00",
        "13 01 0000 06 04 00000001",
        "13 01 ffff 01 ffff 01 ffff 06 04 00000001",  # larger than any contents
        "13 0202 01 ffff 00 11 01 00",  # 65,535 values in one octet
        "13 0202 01 ffff 01 ffff 00 01 ffff 01 ffff 11 01 00",
        "13" + "0201" * (MAX_DEPTH + 1) + "06 00",
    ],
)
def test_lies_are_malformed_at_once(octets: str) -> None:
    tracemalloc.start()
    with pytest.raises(MalformedData):
        decode(bytes.fromhex(octets))
    assert tracemalloc.get_traced_memory()[1] < 200_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("description", "elements"),
    [
        (TypeDescription(Tag.UNSIGNED), [Data(Tag.LONG, 1)]),
        (TypeDescription(Tag.UNSIGNED), [Data(Tag.UNSIGNED, 256)]),
        (TypeDescription(Tag.NULL), [Data(Tag.NULL, None)]),  # nobody could count them
        (TypeDescription(Tag.COMPACT_ARRAY), [Data(Tag.COMPACT_ARRAY, None)]),
        (TypeDescription(Tag.STRUCTURE, (TypeDescription(Tag.ENUM),)), [Data(Tag.STRUCTURE, ())]),
        (TypeDescription(Tag.ARRAY, (TypeDescription(Tag.ENUM),), 2), [Data(Tag.ARRAY, (Data(Tag.ENUM, 1),))]),
        (TypeDescription(Tag.ARRAY, (TypeDescription(Tag.ENUM),), 65536), []),
    ],
)
def test_elements_of_another_type_are_not_encoded(description: TypeDescription, elements: list[Data]) -> None:
    with pytest.raises(LocalProtocolError):
        encode(Data(Tag.COMPACT_ARRAY, CompactArray(description, tuple(elements))))


def test_the_type_of_a_value() -> None:
    row = Data(Tag.STRUCTURE, (Data(Tag.ENUM, 1), Data(Tag.ARRAY, (Data(Tag.LONG, 1), Data(Tag.LONG, 2)))))
    long = TypeDescription(Tag.LONG)
    expected = TypeDescription(Tag.STRUCTURE, (TypeDescription(Tag.ENUM), TypeDescription(Tag.ARRAY, (long,), 2)))
    assert TypeDescription.of(row) == expected
