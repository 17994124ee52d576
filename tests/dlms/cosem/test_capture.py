"""What a profile captures: decoded strictly, and back to the same octets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms.axdr.coding import Data, Tag, decode, encode
from agent.dlms.cosem.capture import (
    CaptureObject,
    SortMethod,
    capture_object,
    profile_description,
    read_capture_object,
    read_capture_objects,
    read_count,
    read_sort_method,
    read_sort_object,
    row_step,
)
from agent.dlms.cosem.names import Obis
from agent.domain.errors import MalformedData
from tests.dlms.axdr.strategies import any_data

CLOCK = CaptureObject(8, Obis(0, 0, 1, 0, 0), 2)
ENERGY = CaptureObject(3, Obis(1, 0, 1, 8, 0), 2)
NONE = CaptureObject(0, Obis(0, 0, 0, 0, 0, 0), 0)

octets = st.integers(0, 255)
columns = st.builds(
    CaptureObject,
    st.integers(0, 65535),
    st.builds(Obis, octets, octets, octets, octets, octets, octets),
    st.integers(-128, 127),
    st.integers(0, 65535),
)


def array(*objects: CaptureObject) -> Data:
    return Data(Tag.ARRAY, tuple(map(capture_object, objects)))


def count(value: int) -> Data:
    return Data(Tag.DOUBLE_LONG_UNSIGNED, value)


@given(st.lists(columns, max_size=20))
def test_round_trip(objects: list[CaptureObject]) -> None:
    assert read_capture_objects(decode(encode(array(*objects)))) == tuple(objects)


def test_known_octets() -> None:
    data = decode(bytes.fromhex("0101 0204 120008 0906 0000010000ff 0f02 120000"))
    assert read_capture_objects(data) == (CLOCK,)
    assert str(CLOCK) == "8/0.0.1.0.0.255/2" and str(CaptureObject(7, CLOCK.obis, 2, 3)) == "7/0.0.1.0.0.255/2/3"


def test_a_whole_profile() -> None:
    found = profile_description(
        array(CLOCK, ENERGY), count(900), Data(Tag.ENUM, 1), capture_object(NONE), count(2880), count(4000)
    )
    assert found.columns == (CLOCK, ENERGY)
    assert (found.capture_period, found.sort_method, found.sort_object) == (900, SortMethod.FIFO, None)
    assert (found.entries_in_use, found.profile_entries) == (2880, 4000)
    assert read_sort_object(capture_object(ENERGY)) == ENERGY


@pytest.mark.parametrize(
    "octets",
    [
        "00",
        "0200",
        "0101 0203 120008 0906 0000010000ff 0f02",  # an element is missing
        "0101 0204 120008 0905 0000010000 0f02 120000",  # a name of five octets
        "0101 0204 0a08 0906 0000010000ff 0f02 120000",  # a text instead of a class id
        "0101 0104 120008 0906 0000010000ff 0f02 120000",  # an array instead of a structure
    ],
)
def test_malformed(octets: str) -> None:
    with pytest.raises(MalformedData):
        read_capture_objects(decode(bytes.fromhex(octets)))


@pytest.mark.parametrize("data", [Data(Tag.ENUM, 0), Data(Tag.ENUM, 7), Data(Tag.BOOLEAN, True)])
def test_sort_methods_that_are_none(data: Data) -> None:
    with pytest.raises(MalformedData):
        read_sort_method(data)


@given(any_data)
def test_any_data_gives_columns_or_malformed_data(data: Data) -> None:
    for read in (read_capture_objects, read_capture_object, read_sort_method, read_sort_object, read_count):
        try:
            read(data)
        except MalformedData:
            pass


@pytest.mark.parametrize(
    ("method", "sorted_by", "step"),
    [
        (SortMethod.FIFO, None, 900),
        (SortMethod.FIFO, ENERGY, 900),
        (SortMethod.LIFO, CLOCK, -900),
        (SortMethod.SMALLEST, CLOCK, 900),
        (SortMethod.LARGEST, CLOCK, -900),
        (SortMethod.LARGEST, ENERGY, None),
        (SortMethod.SMALLEST, None, None),
        (SortMethod.NEAREST_TO_ZERO, CLOCK, None),
    ],
)
def test_the_step_from_row_to_row(method: SortMethod, sorted_by: CaptureObject | None, step: int | None) -> None:
    assert row_step(900, method, sorted_by, CLOCK) == step
    assert row_step(None, method, sorted_by, CLOCK) is None
    if sorted_by is None:
        assert row_step(900, SortMethod.LARGEST, None, None) is None, "no clock is not the clock"
