"""Values of COSEM attributes in the words of the field. A value of the wrong type is `MalformedData`."""

import math
from datetime import datetime
from decimal import Decimal

from agent.dlms import AttributeDescriptor, Data, DataAccessResult, Tag
from agent.dlms.cosem.clock import decode_date_time
from agent.dlms.cosem.units import scaler_and_unit
from agent.domain.errors import AccessRefused, MalformedData

_TEXTS = (Tag.VISIBLE_STRING, Tag.UTF8_STRING)
_NOT_NUMBERS = (Tag.NULL, Tag.BOOLEAN, Tag.FLOAT32, Tag.FLOAT64)


def text(value: Data) -> str:
    """A text, also where it comes as octets; without padding. Octets that are no text are shown as hex."""
    if value.tag in _TEXTS:
        return str(value.value).strip("\x00 ")
    if value.tag is Tag.OCTET_STRING:
        octets: bytes = value.value
        stripped = octets.strip(b"\x00 ")
        return (
            stripped.decode("ascii") if stripped.isascii() and stripped.decode("ascii").isprintable() else octets.hex()
        )
    return str(number(value))


def number(value: Data) -> Decimal:
    """An exact number. A float of the meter is taken at its shortest decimal form."""
    if value.tag in (Tag.FLOAT32, Tag.FLOAT64) and math.isfinite(value.value):
        return Decimal(repr(value.value))
    if value.tag in _NOT_NUMBERS or not isinstance(value.value, int):
        raise MalformedData(f"{value.tag.name} is no number")
    return Decimal(value.value)


def boolean(value: Data) -> bool:
    if value.tag is not Tag.BOOLEAN:
        raise MalformedData(f"{value.tag.name} is no boolean")
    return bool(value.value)


def clock_time(value: Data, tablet_time: datetime) -> datetime | None:
    """The meter's time, aware; None where it is not set.

    A clock that does not tell its deviation is taken to be in the tablet's time zone: they stand side by side.
    """
    if value.tag not in (Tag.OCTET_STRING, Tag.DATE_TIME):
        raise MalformedData(f"{value.tag.name} is no time")
    moment = decode_date_time(value.value).to_datetime()
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=tablet_time.tzinfo)


def scaler_unit(value: Data) -> tuple[int, str]:
    """Scaler (power of ten) and unit of a register."""
    return scaler_and_unit(value)


def refused(attribute: AttributeDescriptor, result: DataAccessResult) -> AccessRefused:
    """The error for a value that the meter does not give."""
    return AccessRefused(object=str(attribute.obis), result=result.words)
