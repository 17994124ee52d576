"""Decoders with the promises that go with them: what was decoded can be encoded again, pieces make no difference."""

import struct
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from agent.dlms.axdr import coding as axdr
from agent.dlms.axdr.coding import Data, Reader
from agent.dlms.cosem import capture, clock, dates, objects, registers, selection, words
from agent.dlms.cosem.classes import CLASSES
from agent.dlms.cosem.names import AttributeDescriptor, Obis, SelectiveAccess
from agent.dlms.hdlc.address import decode_address
from agent.dlms.hdlc.deframer import Deframer
from agent.dlms.hdlc.frame import Frame, decode_frame, encode_frame
from agent.dlms.hdlc.masking import HIDDEN
from agent.dlms.hdlc.parameters import decode_parameters, encode_parameters
from agent.dlms.profile_buffer.expansion import expand
from agent.dlms.profile_buffer.rows import Row, RowStream
from agent.dlms.wrapper.gateway import GatewayHeader, encode_gateway_header, split_header
from agent.dlms.wrapper.header import Unwrapper, WrapperHeader, encode_header
from agent.dlms.wrapper.masking import WrapperMasker
from agent.domain.errors import MalformedData

T = TypeVar("T")
_ATTRIBUTES = [attribute for each in CLASSES for attribute in each.attributes]


def round_trip(decode: Callable[[bytes], T], encode: Callable[[T], bytes]) -> Callable[[bytes], T]:
    """Decodes, and checks that the value survives encoding and decoding."""

    def run(octets: bytes) -> T:
        value = decode(octets)
        encoded = encode(value)
        again = decode(encoded)
        assert encode(again) == encoded, f"{value} became {again}"
        return value

    return run


# ── HDLC ──


def deframe(octets: bytes) -> list[Frame]:
    """The first octet says in what pieces the others come."""
    whole, pieces, size = Deframer(), Deframer(), 1 + (octets or b"\x00")[0] % 32
    found = list(whole.feed(octets[1:]))
    in_pieces = [frame for at in range(1, len(octets), size) for frame in pieces.feed(octets[at : at + size])]
    assert in_pieces == found, "pieces make a difference"
    return found


frame = round_trip(decode_frame, lambda frame: encode_frame(frame)[1:-1])
parameters = round_trip(decode_parameters, encode_parameters)
address = round_trip(lambda octets: decode_address(octets, 0)[0], lambda address: address.encode())


# ── the TCP wrapper ──


def unwrap(octets: bytes) -> list[tuple[WrapperHeader, bytes]]:
    """The first octet says in what pieces the others come; what was unwrapped is wrapped again to the same octets."""
    size, apdus = 1 + (octets or b"\x00")[0] % 32, []
    unwrapper, content = Unwrapper(), b""
    for at in range(1, len(octets), size):
        for piece in unwrapper.feed(octets[at : at + size]):
            content = piece.content if piece.first else content + piece.content
            if piece.last:
                apdus.append((piece.header, content))
    again = b"".join(encode_header(header) + apdu for header, apdu in apdus)
    assert octets[1:].startswith(again) and (len(again) + 1 >= len(octets)) == (unwrapper.unfinished is None)
    return apdus


def masked(octets: bytes) -> str:
    """Every octet is accounted for, as itself or hidden."""
    text = WrapperMasker().mask(octets)
    shown = text.split()
    assert len(shown) == len(octets)
    assert all(part in (HIDDEN, f"{octet:02X}") for part, octet in zip(shown, octets, strict=True))
    return text


def gateway_header(octets: bytes) -> GatewayHeader | None:
    """What was split can be put together again."""
    if (split := split_header(octets)) is None:
        return None
    header, rest = split
    assert encode_gateway_header(header) + rest == octets
    return header


# ── rows ──


def rows(octets: bytes) -> list[Row]:
    """The first octet is the number of columns, the second the size of pieces."""
    columns, size, buffer = *struct.unpack_from("BB", octets.ljust(2, b"\x01")), octets[2:]
    found = _rows_of(buffer, columns, len(buffer) or 1)
    assert repr(_rows_or_none(buffer, columns, size % 32 + 1)) == repr(found), "pieces make a difference"
    if (decoded := _or_none(axdr.decode, buffer)) is not None:
        told = getattr(decoded.value, "elements", decoded.value) or ()
        assert len(told) == len(found)
    return found


def expanded_rows(octets: bytes) -> list[Row]:
    """As `rows`; the first column is the clock, the third octet the capture period in minutes."""
    columns = 1 + octets[0] % 5 if octets else 1
    clock_column = AttributeDescriptor(8, Obis(0, 0, 1, 0, 0), 2)
    others = [AttributeDescriptor(3, Obis(1, 0, 1, 8, 0), 2)] * (columns - 1)
    return expand(_rows_of(octets[2:], columns, 64), [clock_column, *others], 60 * octets[1] if octets[1:] else 0)


def _rows_of(buffer: bytes, columns: int, size: int) -> list[Row]:
    stream = RowStream(columns)
    found = [row for at in range(0, len(buffer), size) for row in stream.feed(buffer[at : at + size])]
    stream.finish()
    return found


def _rows_or_none(buffer: bytes, columns: int, size: int) -> list[Row] | None:
    return _or_none(lambda octets: _rows_of(octets, columns, size), buffer)


def _or_none(decode: Callable[[bytes], T], octets: bytes) -> T | None:
    try:
        return decode(octets)
    except MalformedData:
        return None


# ── COSEM ──


def moment(octets: bytes) -> datetime | None:
    """Both ways to a datetime give the same, and a moment is encoded to the octets that it came from."""
    found = clock.decode_date_time(octets)
    assert bytes(found) == octets, "other octets"
    str(found), found.status and found.status.words, found.daylight_saving
    assert clock.clock_values([octets]) == [found.to_datetime()]
    return found.to_datetime()


def date(octets: bytes) -> object:
    found = dates.decode_date(octets)
    assert bytes(found) == octets
    return str(found), found.to_date()


def time(octets: bytes) -> object:
    found = dates.decode_time(octets)
    assert bytes(found) == octets
    return str(found)


def shown(octets: bytes) -> str:
    """`shown` never raises; the first octet chooses the attribute."""
    data = axdr.decode(octets[1:])
    chosen = octets[0] % (len(_ATTRIBUTES) + 1)
    try:
        return words.shown(data, _ATTRIBUTES[chosen] if chosen < len(_ATTRIBUTES) else None)
    except MalformedData as error:
        raise AssertionError("shown raises") from error


def of_data(read: Callable[[Data], T]) -> Callable[[bytes], T]:
    """A reader of Data as one of octets."""
    return lambda octets: read(axdr.decode(octets))


def selected(octets: bytes) -> Any:
    """The first octet is the access selector."""
    found = selection.read_selection(SelectiveAccess((octets or b"\x00")[0], axdr.decode(octets[1:])))
    selection.read_selection(found.access())
    return found


def register(octets: bytes) -> str:
    """A register's value and its scaler_unit, one after the other."""
    reader = Reader(octets)
    found = registers.register(axdr.read_data(reader), axdr.read_data(reader))
    return str(found)


def object_list(octets: bytes) -> Any:
    """Rights can be asked for of any attribute and method."""
    found = objects.read_object_list(axdr.decode(octets))
    for listed in found:
        for index in range(-2, 5):
            listed.may_read(index), listed.may_write(index), listed.may_invoke(index), listed.may_select(index, 1)
    return found


def profile(octets: bytes) -> Any:
    reader = Reader(octets)
    return capture.profile_description(*(axdr.read_data(reader) for _ in range(6)))
