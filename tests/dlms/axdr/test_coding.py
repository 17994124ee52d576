"""Data: known octets, round trips, strictness, and any octets at all."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms.axdr.coding import MAX_DEPTH, Data, Tag, decode, encode, to_python
from agent.domain.errors import LocalProtocolError, MalformedData
from tests.dlms.axdr.strategies import any_data


@given(any_data)
def test_round_trip(data: Data) -> None:
    assert decode(encode(data)) == data


@given(any_data, st.integers(1, 20))
def test_an_early_end_is_malformed(data: Data, missing: int) -> None:
    octets = encode(data)
    with pytest.raises(MalformedData):
        decode(octets[: max(0, len(octets) - missing)])


@given(any_data, st.binary(min_size=1, max_size=5))
def test_octets_left_over_are_malformed(data: Data, more: bytes) -> None:
    with pytest.raises(MalformedData):
        decode(encode(data) + more)


@given(st.binary(max_size=200))
def test_any_octets_give_data_or_malformed_data(octets: bytes) -> None:
    try:
        decode(octets)
    except MalformedData:
        pass


@pytest.mark.parametrize(
    ("octets", "value"),
    [
        ("00", None),
        ("0301", True),
        ("0404a0", "1010"),
        ("05fffffffe", -2),
        ("0600014141", 0x14141),
        ("0903010203", b"\x01\x02\x03"),
        ("09810201ff", b"\x01\xff"),
        ("0a03414243", "ABC"),
        ("0c02c3b1", "ñ"),
        ("0fff", -1),
        ("10ff38", -200),
        ("161e", 30),
        ("173f800000", 1.0),
        ("ff", None),
        ("1cff", -1),
        ("1fff", 255),
        ("1dff38", -200),
        ("20ff38", 65336),
        ("1efffffffe", -2),
        ("2100000102", 258),
        ("02020f001620"[:12], [0, 32]),
    ],
)
def test_known_octets(octets: str, value: object) -> None:
    assert to_python(decode(bytes.fromhex(octets))) == value


def test_not_a_number_survives() -> None:
    assert math.isnan(decode(encode(Data(Tag.FLOAT64, math.nan))).value)


@pytest.mark.parametrize(
    "octets",
    [
        "",
        "07",  # no such type
        "0980",  # indefinite length
        "0985010101010101",  # a length of five octets
        "0984ffffffff",  # longer than what is there
        "0184ffffffff00",  # more elements than octets
        "0c01ff",  # no UTF-8
        "01" + "0101" * (MAX_DEPTH + 2) + "00",
    ],
)
def test_malformed(octets: str) -> None:
    with pytest.raises(MalformedData):
        decode(bytes.fromhex(octets))


@pytest.mark.parametrize(
    "data",
    [
        Data(Tag.UNSIGNED, 256),
        Data(Tag.INTEGER, "one"),
        Data(Tag.DATE_TIME, b"short"),
        Data(Tag.BIT_STRING, "012"),
        Data(Tag.OCTET_STRING, "text"),
        Data(Tag.UTF8_STRING, 5),
        Data(Tag.STRUCTURE, (Data(Tag.LONG, 2**15),)),
    ],
)
def test_values_that_do_not_fit_their_type(data: Data) -> None:
    with pytest.raises(LocalProtocolError):
        encode(data)
