"""Quirks of serial numbers, clocks and registers (IEC 62056-6-2)."""

import struct
from collections.abc import Callable

from agent.dlms import AttributeDescriptor, Data, DataAccessResult, Tag
from agent.dlms.cosem.units import scaler_unit
from agent.dlms.xdlms.common import Result
from agent.simulator.quirks.quirk import Read, ValueQuirk, instead

_TOTAL, _FIRST_TARIFF, _SECOND_TARIFF = "1.0.1.8.0.255", "1.0.1.8.1.255", "1.0.1.8.2.255"
_SERIAL, _CLOCK, _BREAKER = ("0.0.96.1.0.255", 2), ("0.0.1.0.0.255", 2), "0.0.96.3.10.255"
_VALUE, _SCALER_UNIT = 2, 3
_NO_UNIT = 255
SPACED_SERIAL, SLASHED_SERIAL = "ISK 12345678", "12/34-5"
_LONGEST_TARIFF = 9


def _serial(name: str, words: str, octets: bytes) -> ValueQuirk:
    return instead(name, words, _SERIAL, Data(Tag.OCTET_STRING, octets))


def _clock(name: str, words: str, octets: str) -> ValueQuirk:
    return instead(name, words, _CLOCK, Data(Tag.OCTET_STRING, bytes.fromhex(octets)))


def _typed(tag: Tag, value: Callable[[int], object]) -> Callable[[Result], Result]:
    """The same number as another type."""
    return lambda given: (
        Data(tag, value(given.value)) if isinstance(given, Data) and isinstance(given.value, int) else given
    )


def _float(number: int) -> float:
    return float(struct.unpack(">f", struct.pack(">f", number))[0])


def _missing_tariffs() -> Callable[[AttributeDescriptor, Read], Result]:
    def read(attribute: AttributeDescriptor, plain: Read) -> Result:
        name = attribute.obis
        is_tariff = (name.a, name.b, name.c, name.d) == (1, 0, 1, 8) and 3 <= name.e <= _LONGEST_TARIFF
        if is_tariff:
            return DataAccessResult.OBJECT_UNDEFINED
        given = plain(attribute)
        if attribute.class_id != 15 or not isinstance(given, Data) or given.tag is not Tag.ARRAY:
            return given
        return Data(Tag.ARRAY, tuple(entry for entry in given.value if not _names_a_tariff(entry)))

    return read


def _names_a_tariff(entry: Data) -> bool:
    if entry.tag is not Tag.STRUCTURE or len(entry.value) != 4:
        return False
    octets: bytes = entry.value[2].value
    return octets[:4] == bytes((1, 0, 1, 8)) and octets[4] >= 3


SERIALS = (
    _serial("serial-spaced", "The serial number has a space in it.", SPACED_SERIAL.encode("ascii")),
    _serial("serial-slashed", "The serial number has a slash and a hyphen in it.", SLASHED_SERIAL.encode("ascii")),
    _serial(
        "serial-padded", "The serial number is filled up with zero octets.", SPACED_SERIAL.encode("ascii") + b"\0\0\0\0"
    ),
    _serial("serial-empty", "The serial number is empty.", b""),
    _serial("serial-zeros", "The serial number is eight zero octets.", bytes(8)),
    _serial("serial-long", "The serial number has 64 letters.", b"ABCDEFGH" * 8),
    instead("serial-null", "The serial number is null.", _SERIAL, Data(Tag.NULL, None)),
    instead("serial-denied", "The serial number is denied.", _SERIAL, DataAccessResult.READ_WRITE_DENIED),
)

CLOCKS = (
    _clock("clock-day-0", "The clock's day is 0.", "07ea0b00ff0a1e00ff800000"),
    _clock("clock-hour-24", "The clock's hour is 24.", "07ea0b1c06181e00ff800000"),
    _clock("clock-year-0", "The clock's year is 0.", "00000b1c060a1e00ff800000"),
    _clock("clock-deviation-7fff", "The clock's deviation is 7FFF.", "07ea0b1c060a1e00ff7fff00"),
    _clock("clock-unset", "No field of the clock is specified.", "ffffffffffffffffff8000ff"),
    _clock("clock-short", "The clock has five octets.", "07ea0b1c06"),
    instead("clock-null", "The clock's time is null.", _CLOCK, Data(Tag.NULL, None)),
    instead("clock-denied", "The clock's time is denied.", _CLOCK, DataAccessResult.READ_WRITE_DENIED),
)

REGISTERS = (
    instead("total-long64", "The total is a long64-unsigned.", (_TOTAL, _VALUE), _typed(Tag.LONG64_UNSIGNED, int)),
    instead("total-signed", "The total is a double-long.", (_TOTAL, _VALUE), _typed(Tag.DOUBLE_LONG, int)),
    instead("total-float64", "The total is a float64.", (_TOTAL, _VALUE), _typed(Tag.FLOAT64, float)),
    instead("total-null", "The total is null.", (_TOTAL, _VALUE), Data(Tag.NULL, None)),
    instead("tariff-float32", "T1 is a float32.", (_FIRST_TARIFF, _VALUE), _typed(Tag.FLOAT32, _float)),
    instead("tariff-text", "T1 is a text.", (_FIRST_TARIFF, _VALUE), _typed(Tag.VISIBLE_STRING, str)),
    instead("tariff-null", "T1 is null.", (_FIRST_TARIFF, _VALUE), Data(Tag.NULL, None)),
    instead("tariff-denied", "T1 is denied.", (_FIRST_TARIFF, _VALUE), DataAccessResult.READ_WRITE_DENIED),
    instead("scaler-null", "Scaler and unit of T2 are null.", (_SECOND_TARIFF, _SCALER_UNIT), Data(Tag.NULL, None)),
    instead(
        "scaler-total-null", "Scaler and unit of the total are null.", (_TOTAL, _SCALER_UNIT), Data(Tag.NULL, None)
    ),
    instead("unit-255", "T2 has no unit (255).", (_SECOND_TARIFF, _SCALER_UNIT), scaler_unit(0, _NO_UNIT)),
    ValueQuirk("tariffs-missing", "There are no tariffs but T1 and T2.", _missing_tariffs),
    instead("breaker-odd", "The breaker's control state is 9.", (_BREAKER, 3), Data(Tag.ENUM, 9)),
    instead("breaker-null", "The breaker's output state is null.", (_BREAKER, 2), Data(Tag.NULL, None)),
)

VALUES = (*SERIALS, *CLOCKS, *REGISTERS)
"""By values."""
