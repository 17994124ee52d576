"""Plain values from Data: text, numbers, booleans, names. A value of the wrong type raises `MalformedData`."""

import math
import struct
from decimal import Decimal

from agent.dlms.axdr.coding import Data, Tag
from agent.dlms.axdr.data import INTEGERS
from agent.dlms.cosem.names import Obis
from agent.domain.errors import MalformedData

_TEXTS = (Tag.VISIBLE_STRING, Tag.UTF8_STRING)
_FLOATS = (Tag.FLOAT32, Tag.FLOAT64)
_FLOAT32 = struct.Struct(">f")
_FLOAT32_DIGITS = 9
"""Enough decimal digits to tell any two of them apart."""


def require(data: Data, tag: Tag) -> Data:
    """The same data, if it is of that type."""
    if data.tag is not tag:
        raise MalformedData(f"{data.tag.name} instead of {tag.name}")
    return data


def text(data: Data) -> str:
    """A text without padding, also if it is sent as octets. Octets that are not text become hexadecimal."""
    if data.tag in _TEXTS:
        return str(data.value).strip("\x00 ")
    if data.tag is Tag.OCTET_STRING:
        return _text_or_hex(data.value)
    return str(number(data))


def number(data: Data) -> Decimal:
    """An exact number. A float is taken in its shortest decimal form; infinity and NaN are malformed."""
    if data.tag in _FLOATS:
        return _float(data)
    if data.tag is Tag.BCD:
        return Decimal(_bcd(data.value))
    if data.tag is Tag.ENUM:
        return Decimal(data.value)
    return Decimal(integer(data))


def decimal_of(value: float) -> Decimal | None:
    """A float in its shortest decimal form, of four octets where those hold it; None for infinity and NaN."""
    if not math.isfinite(value):
        return None
    return Decimal(_shortest32(value) if _as_float32(value) == value else repr(value))


def integer(data: Data) -> int:
    """A whole number of any size and sign."""
    if data.tag not in INTEGERS:
        raise MalformedData(f"{data.tag.name} is not a number")
    return int(data.value)


def boolean(data: Data) -> bool:
    """A boolean."""
    return bool(require(data, Tag.BOOLEAN).value)


def enumerated(data: Data) -> int:
    """The number of an enumeration."""
    return int(require(data, Tag.ENUM).value)


def logical_name(data: Data) -> Obis:
    """A logical name: an octet-string of six octets."""
    if data.tag is not Tag.OCTET_STRING or len(data.value) != 6:
        raise MalformedData("not a logical name")
    return Obis.from_octets(data.value)


def elements(data: Data, tag: Tag, count: int | None = None) -> tuple[Data, ...]:
    """The elements of an array or a structure (`tag`); with a count, exactly that many."""
    found: tuple[Data, ...] = require(data, tag).value
    if count is not None and len(found) != count:
        raise MalformedData(f"{tag.name} of {len(found)} elements instead of {count}")
    return found


def _text_or_hex(octets: bytes) -> str:
    stripped = octets.strip(b"\x00 ")
    if stripped.isascii() and (found := stripped.decode("ascii")).isprintable():
        return found
    return octets.hex()


def _bcd(octet: int) -> int:
    tens, ones = divmod(octet, 16)
    if tens > 9 or ones > 9:
        raise MalformedData("not binary-coded decimal")
    return 10 * tens + ones


def _float(data: Data) -> Decimal:
    value: float = data.value
    if not math.isfinite(value):
        raise MalformedData("a float that is not a number")
    return Decimal(_shortest32(value) if data.tag is Tag.FLOAT32 else repr(value))


def _shortest32(value: float) -> str:
    """The fewest digits that still give exactly this float of four octets."""
    for digits in range(1, _FLOAT32_DIGITS):
        candidate = f"{value:.{digits}g}"
        if _as_float32(float(candidate)) == value:
            return candidate
    return f"{value:.{_FLOAT32_DIGITS}g}"


def _as_float32(value: float) -> float | None:
    try:
        nearest: float = _FLOAT32.unpack(_FLOAT32.pack(value))[0]
    except OverflowError:
        return None
    return nearest
