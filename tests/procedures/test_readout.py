"""Readings from readouts as meters of many makers send them; the lines are from public reports."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from agent.dlms.iec21 import DataAddress, parse_address
from agent.dlms.iec21.readout import parse_block
from agent.domain.errors import AccessRefused, EplusError, OtherMeter
from agent.domain.reading import MeterReading
from agent.meters import ReadoutModel, load_model
from agent.procedures.readout import SET_ASIDE, SUM_MISMATCH, TOTAL_IS_SUM, reading_of

# Logarex LK13, as in the tests of pymeterreader: stored values of former periods stand behind the present one.
LOGAREX = """
1-0:96.1.0*255(001LOG0065282495)
1-0:1.8.0*255(015882.6927*kWh)
1-0:1.8.0*96(00019.3*kWh)
1-0:1.8.0*97(00158.7)
1-0:1.8.0*98(01074.7)
1-0:1.8.0*99(09027.4)
1-0:1.8.0*100(15882.6*kWh)
"""
# EMH LZQJ, as in the tests of energyict: no total.
EMH = """
0.0.0(02718483)
1.8.1(00052.197*kWh)
1.8.1*01(00027.462*kWh)
1.8.2(00357.646*kWh)
1.8.2*01(00180.980*kWh)
"""
# Landis+Gyr ZMD4054459, from pwitab/iec62056-21 16: the first candidate for a serial number is empty.
ZMD = "F.F(00000000)\n0.9.1(23:16:43)\n0.0.0()\nC.1.0(54800102)\n1.8.1&12(00001.000*kWh)\n1.8.0(00007.5*kWh)\n"
# Iskraemeco AM550, from esphome-p1reader 36: one register is an error.
AM550 = "0-0:96.1.0(A12345678)\n1-0:0.2.0((ER11))\n1-0:1.8.0(00012.345*kWh)\n"
# Iskraemeco MT382, after pysml 4: the serial number as octets in hex.
MT382 = "0-0:96.1.1(4B413655303031363630323937393132)\n1-0:1.8.0(000123.456*kWh)\n1-0:1.8.1(000100.000*kWh)\n"


NOW = datetime(2026, 11, 20, 15, 27, 22, tzinfo=timezone(timedelta(hours=1)))


def read(lines: str, serial: str | None = None, unit: str | None = None) -> MeterReading:
    model = load_model("readout")
    assert isinstance(model, ReadoutModel)
    model = ReadoutModel(model.name, model.title, model.serial_number, (), model.total, model.tariffs, unit)
    return reading_of(model, serial, parse_block(lines.strip().replace("\n", "\r\n").encode() + b"\r\n!\r\n"), NOW)


def tariffs(reading: MeterReading) -> dict[str, int]:
    return {name: int(quantity.value) for name, quantity in reading.tariffs.items()}


def test_history_never_stands_for_the_present_value() -> None:
    reading = read(LOGAREX)
    assert (reading.serial, reading.total.value) == ("001LOG0065282495", Decimal("15882692.7"))
    assert reading.warnings == ()


def test_without_a_total_the_sum_is_shown_as_such() -> None:
    reading = read(EMH)
    assert tariffs(reading) == {"t1": 52197, "t2": 357646}
    assert (reading.total.value, reading.warnings) == (Decimal(409843), (TOTAL_IS_SUM,))


def test_an_empty_serial_number_is_passed_over() -> None:
    reading = read(ZMD)
    assert (reading.serial, reading.total.value, reading.tariffs) == ("54800102", Decimal(7500), {})


def test_an_error_in_one_register_is_set_aside() -> None:
    reading = read(AM550)
    assert (reading.serial, reading.total.value, reading.warnings) == ("A12345678", Decimal(12345), (SET_ASIDE,))


def test_a_serial_number_in_hex() -> None:
    reading = read(MT382)
    assert (reading.serial, reading.warnings) == ("KA6U001660297912", (SUM_MISMATCH,))


@pytest.mark.parametrize(
    ("line", "total"),
    [
        ("1.8.0(0012,5*kWh)", 12500),
        ("1-1:1.8.0(0012.5*KWH)", 12500),
        ("1-0:1.8.0*255(12500*Wh)", 12500),
        ("1.8.0(0.0125*MWh)", 12500),
        ("1-0:1.8.0(0012.5*kWh)\n7-0:1.8.0(99*kWh)\n0-1:1.8.0(98*kWh)", 12500),
    ],
)
def test_how_a_total_is_written(line: str, total: int) -> None:
    assert read(f"0.0.0(12345678)\n{line}").total.value == total


@pytest.mark.parametrize("value", ["12x5*kWh", "-5*kWh", "*kWh", "1E3*kWh", "nan*kWh", "5*kvarh", "5"])
def test_what_is_no_energy_is_never_a_number(value: str) -> None:
    with pytest.raises(AccessRefused):
        read(f"0.0.0(12345678)\n1.8.0({value})")
    reading = read(f"0.0.0(12345678)\n1.8.0(7*kWh)\n1.8.1({value})\n1.8.2(3*kWh)")
    assert (reading.total.value, tariffs(reading), reading.warnings) == (Decimal(7000), {"t2": 3000}, (SET_ASIDE,))


def test_a_unit_that_the_model_knows() -> None:
    assert read("0.0.0(12345678)\n1.8.0(5)", unit="kWh").total.value == 5000


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("(ERROR 06)", "meter-error"),
        ("0.0.0()\n1.8.0(5*kWh)", "access-refused"),
        (f"0.0.0({'9' * 64})\n1.8.0(5*kWh)", "serial-unreadable"),
        ("0.0.0(\x07\x07\x07\x07)\n1.8.0(5*kWh)", "serial-unreadable"),
        ("0.0.0(12345678)\n2.8.0(5*kWh)", "access-refused"),
        ("0.0.0(12345678)\n1.8.0((ER11))\n1.8.1(x*kWh)\n1.8.2(1*kWh)", "access-refused"),
    ],
)
def test_what_cannot_be_read_is_said(lines: str, code: str) -> None:
    with pytest.raises(EplusError) as caught:
        read(lines)
    assert caught.value.code == code


def test_another_meter() -> None:
    with pytest.raises(OtherMeter):
        read(ZMD, serial="54800103")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("1-0:1.8.0*255", DataAddress(1, 0, "1.8.0", None)),
        ("1-0:1.8.0*96", DataAddress(1, 0, "1.8.0", 96)),
        ("1.8.1&12", DataAddress(None, None, "1.8.1", 12)),
        ("C.1.0", DataAddress(None, None, "C.1.0", None)),
        ("F.F", DataAddress(None, None, "F.F", None)),
        ("P.01", DataAddress(None, None, "P.01", None)),
        ("0-1:24.2.1", DataAddress(0, 1, "24.2.1", None)),
        ("300-0:1.8.0", None),
        ("", None),
        ("1.8", DataAddress(None, None, "1.8", None)),
        ("hello", None),
    ],
)
def test_addresses(text: str, address: DataAddress | None) -> None:
    assert parse_address(text) == address
