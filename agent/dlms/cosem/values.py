"""Plain values out of Data: text, numbers, switches, names. A value of the wrong type is `MalformedData`."""

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
"""As many decimal digits tell any two of them apart."""


def text(data: Data) -> str:
    """A text, also where it comes as octets; without padding. Octets that are no text are shown as hex."""
    if data.tag in _TEXTS:
        return str(data.value).strip("\x00 ")
    if data.tag is Tag.OCTET_STRING:
        return _text_or_hex(data.value)
    return str(number(data))


def number(data: Data) -> Decimal:
    """An exact number. A float of the meter is taken at its shortest decimal form; no infinity, no NaN."""
    if data.tag in _FLOATS:
        return _float(data)
    if data.tag is Tag.BCD:
        return Decimal(_bcd(data.value))
    if data.tag is Tag.ENUM:
        return Decimal(data.value)
    return Decimal(integer(data))


def integer(data: Data) -> int:
    """A whole number, of any size and sign."""
    if data.tag not in INTEGERS:
        raise MalformedData(f"{data.tag.name} is no number")
    return int(data.value)


def boolean(data: Data) -> bool:
    if data.tag is not Tag.BOOLEAN:
        raise MalformedData(f"{data.tag.name} is no boolean")
    return bool(data.value)


def enumerated(data: Data) -> int:
    if data.tag is not Tag.ENUM:
        raise MalformedData(f"{data.tag.name} is no enumeration")
    return int(data.value)


def logical_name(data: Data) -> Obis:
    if data.tag is not Tag.OCTET_STRING or len(data.value) != 6:
        raise MalformedData("not a logical name")
    return Obis.from_octets(data.value)


def elements(data: Data, tag: Tag, count: int | None = None) -> tuple[Data, ...]:
    """What an array or a structure (`tag`) holds; with a count, exactly as many."""
    if data.tag is not tag:
        raise MalformedData(f"{data.tag.name} is no {tag.name}")
    found: tuple[Data, ...] = data.value
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
        raise MalformedData("not binary coded decimal")
    return 10 * tens + ones


def _float(data: Data) -> Decimal:
    value: float = data.value
    if not math.isfinite(value):
        raise MalformedData("a float that is no number")
    return Decimal(_shortest32(value) if data.tag is Tag.FLOAT32 else repr(value))


def _shortest32(value: float) -> str:
    """The fewest digits that are still this very float of four octets."""
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
