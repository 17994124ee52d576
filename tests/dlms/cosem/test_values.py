"""Values: exact numbers, registers, and words."""

import struct
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms.axdr.coding import Data, Tag
from agent.dlms.cosem.classes import CLASSES, interface_class
from agent.dlms.cosem.clock import CosemDateTime, as_octet_string, as_typed
from agent.dlms.cosem.dates import CosemDate, CosemTime
from agent.dlms.cosem.model import Attribute
from agent.dlms.cosem.names import Obis
from agent.dlms.cosem.registers import demand_register, extended_register, register
from agent.dlms.cosem.units import scaler_unit
from agent.dlms.cosem.values import boolean, elements, integer, logical_name, number, text
from agent.dlms.cosem.words import fields, flag_words, shown, word
from agent.domain.errors import MalformedData
from tests.dlms.axdr.strategies import RANGES, any_data, compact_arrays

WH, W = 30, 27
MOMENT = CosemDateTime(CosemDate(2026, 11, 23, 1), CosemTime(10, 15, 0))


def attribute(class_id: int, index: int, version: int | None = None) -> Attribute:
    known = interface_class(class_id, version)
    found = known.attribute(index) if known else None
    assert found is not None
    return found


def unsigned(value: int) -> Data:
    return Data(Tag.DOUBLE_LONG_UNSIGNED, value)


@pytest.mark.parametrize("tag", [tag for tag in RANGES if tag is not Tag.BCD and not tag.name.startswith("DELTA")])
def test_integers_are_exact(tag: Tag) -> None:
    for value in RANGES[tag]:
        assert number(Data(tag, value)) == value


@given(st.integers(-(2**63), 2**64 - 1), st.integers(-128, 127))
def test_scaling_never_rounds(value: int, scaler: int) -> None:
    tag = Tag.LONG64 if value < 0 else Tag.LONG64_UNSIGNED
    found = register(Data(tag, value), scaler_unit(scaler, WH))
    assert (found.scaler, found.unit) == (scaler, "Wh")
    digits = found.value.as_tuple()
    assert (int("".join(map(str, digits.digits))), digits.exponent) == (abs(value), scaler)


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_short_float_in_its_shortest_form(value: float) -> None:
    found = number(Data(Tag.FLOAT32, value))
    assert struct.pack(">f", float(found)) == struct.pack(">f", value)
    assert len(found.as_tuple().digits) <= 9


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_long_float_survives(value: float) -> None:
    assert float(number(Data(Tag.FLOAT64, value))) == value


@pytest.mark.parametrize(
    ("tag", "octets", "expected"),
    [
        (Tag.FLOAT32, "3dcccccd", "0.1"),
        (Tag.FLOAT32, "43660000", "230"),
        (Tag.FLOAT32, "7f7fffff", "3.4028235E+38"),
        (Tag.FLOAT32, "00000001", "1E-45"),
        (Tag.FLOAT64, "3fb999999999999a", "0.1"),
    ],
)
def test_floats(tag: Tag, octets: str, expected: str) -> None:
    value = struct.unpack(">f" if tag is Tag.FLOAT32 else ">d", bytes.fromhex(octets))[0]
    assert number(Data(tag, value)) == Decimal(expected)


@pytest.mark.parametrize("tag", [Tag.FLOAT32, Tag.FLOAT64])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_floats_that_are_no_numbers(tag: Tag, value: float) -> None:
    with pytest.raises(MalformedData):
        number(Data(tag, value))


def test_binary_coded_decimal() -> None:
    assert number(Data(Tag.BCD, 0x42)) == 42
    with pytest.raises(MalformedData):
        number(Data(Tag.BCD, 0x4A))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (Data(Tag.OCTET_STRING, b"  3131\x00"), "3131"),
        (Data(Tag.OCTET_STRING, b"\x01\xff"), "01ff"),
        (Data(Tag.OCTET_STRING, b"\x00AB\x07"), "00414207"),
        (Data(Tag.OCTET_STRING, b""), ""),
        (Data(Tag.VISIBLE_STRING, "CERM1 "), "CERM1"),
        (Data(Tag.UTF8_STRING, "ñandú"), "ñandú"),
        (Data(Tag.UNSIGNED, 7), "7"),
    ],
)
def test_texts(data: Data, expected: str) -> None:
    assert text(data) == expected


def test_values_of_the_wrong_type() -> None:
    nothing = Data(Tag.NULL, None)
    truth = Data(Tag.BOOLEAN, True)
    assert boolean(truth) is True
    for read in (text, number, integer, boolean, logical_name):
        with pytest.raises(MalformedData):
            read(nothing)
    for read in (number, integer):
        with pytest.raises(MalformedData):
            read(truth)
    with pytest.raises(MalformedData):
        integer(Data(Tag.FLOAT32, 1.0))
    with pytest.raises(MalformedData):
        elements(Data(Tag.STRUCTURE, (truth,)), Tag.STRUCTURE, 2)
    with pytest.raises(MalformedData):
        elements(Data(Tag.ARRAY, (truth,)), Tag.STRUCTURE)


def test_a_logical_name() -> None:
    assert logical_name(Data(Tag.OCTET_STRING, bytes.fromhex("0100010800ff"))) == Obis(1, 0, 1, 8, 0)
    with pytest.raises(MalformedData):
        logical_name(Data(Tag.OCTET_STRING, b"short"))


def test_a_register() -> None:
    found = register(unsigned(123456789), scaler_unit(-3, WH))
    assert found.value == Decimal("123456.789")
    assert str(found) == "123456.789 Wh"
    assert str(register(unsigned(5), scaler_unit(3, WH))) == "5000 Wh"
    assert str(register(unsigned(5), scaler_unit(0, 255))) == "5"


def test_an_extended_register() -> None:
    found = extended_register(unsigned(42), scaler_unit(1, W), Data(Tag.UNSIGNED, 8), as_octet_string(MOMENT))
    assert str(found.value) == "420 W"
    assert (found.status.value, found.capture_time) == (8, MOMENT)


def test_a_demand_register() -> None:
    start = as_typed(MOMENT)
    found = demand_register(
        unsigned(1500),
        unsigned(1400),
        scaler_unit(-1, W),
        Data(Tag.UNSIGNED, 0),
        as_octet_string(MOMENT),
        start,
        unsigned(900),
        Data(Tag.LONG_UNSIGNED, 1),
    )
    assert (str(found.current_average), str(found.last_average)) == ("150.0 W", "140.0 W")
    assert (found.period, found.number_of_periods, found.start_time_current) == (900, 1, MOMENT)


def test_enumerations_in_words() -> None:
    assert [word(Data(Tag.ENUM, state), attribute(70, 3)) for state in range(4)] == [
        "disconnected",
        "connected",
        "ready for reconnection",
        "3",
    ]
    assert word(Data(Tag.ENUM, 3), attribute(112, 8)) == "in use"
    assert word(Data(Tag.ENUM, 6), attribute(18, 6)) == "image activation successful"
    assert word(Data(Tag.ENUM, 1), attribute(7, 5)) == "unsorted, first in first out"
    with pytest.raises(MalformedData):
        word(Data(Tag.UNSIGNED, 1), attribute(70, 3))


def test_flags_in_words() -> None:
    assert flag_words(Data(Tag.BIT_STRING, "10000001"), attribute(111, 4)) == ("in credit", "bit 7")
    assert flag_words(Data(Tag.UNSIGNED, 0x82), attribute(8, 4)) == ("doubtful value", "daylight saving active")
    assert flag_words(Data(Tag.ENUM, 0x0C), attribute(64, 2)) == ("authenticated request", "encrypted request")
    assert word(Data(Tag.ENUM, 3), attribute(64, 2, 0)) == "all messages to be authenticated and encrypted"
    for data in (Data(Tag.NULL, None), Data(Tag.INTEGER, -1)):
        with pytest.raises(MalformedData):
            flag_words(data, attribute(8, 4))


def test_fields_of_a_structure() -> None:
    account = attribute(111, 2)
    data = Data(Tag.STRUCTURE, (Data(Tag.ENUM, 2), Data(Tag.ENUM, 3)))
    found = fields(data, account)
    assert {name: value.value for name, value in found.items()} == {"payment_mode": 2, "account_status": 3}
    assert shown(data, account) == "payment_mode: prepayment mode, account_status: account closed"
    with pytest.raises(MalformedData):
        fields(Data(Tag.STRUCTURE, (Data(Tag.ENUM, 2),)), account)


def test_shown() -> None:
    logical = Data(Tag.OCTET_STRING, bytes.fromhex("0000130a00ff"))
    assert shown(Data(Tag.ARRAY, (logical, logical)), attribute(111, 9)) == "[0.0.19.10.0.255; 0.0.19.10.0.255]"
    assert shown(scaler_unit(-1, W), attribute(3, 3)) == "10^-1 W"
    assert shown(as_octet_string(MOMENT), attribute(8, 2)) == "2026-11-23 10:15:00"
    assert shown(as_typed(MOMENT)) == "2026-11-23 10:15:00"
    assert shown(Data(Tag.BIT_STRING, "00"), attribute(111, 4)) == "none"
    assert shown(Data(Tag.OCTET_STRING, b"token"), attribute(8, 2)) == "token"
    assert shown(Data(Tag.STRUCTURE, (Data(Tag.BOOLEAN, True), Data(Tag.NULL, None)))) == "[true; none]"


@given(
    any_data | compact_arrays(), st.none() | st.sampled_from([each for known in CLASSES for each in known.attributes])
)
def test_anything_can_be_shown(data: Data, of: Attribute | None) -> None:
    assert isinstance(shown(data, of), str)


@given(any_data)
def test_any_data_gives_a_value_or_malformed_data(data: Data) -> None:
    for read in (text, number, integer, boolean, logical_name):
        try:
            read(data)
        except MalformedData:
            pass


@given(any_data, any_data, any_data)
def test_any_data_gives_a_register_or_malformed_data(value: Data, unit: Data, time: Data) -> None:
    try:
        extended_register(value, unit, value, time)
    except MalformedData:
        pass
