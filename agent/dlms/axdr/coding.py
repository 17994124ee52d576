"""COSEM data to and from octets (A-XDR, IEC 61334-6:2000), decoded strictly.

A value keeps its type, so that a decoded value can be encoded to the same octets again.
"""

import struct
from typing import Any

from agent.dlms.axdr.compact_array import compact_content, read_compact_array
from agent.dlms.axdr.data import LISTS, MAX_DEPTH, Data, Reader, Tag, content, encode_length, read_content
from agent.domain.errors import LocalProtocolError, MalformedData

__all__ = [
    "MAX_DEPTH",
    "Data",
    "Reader",
    "Tag",
    "decode",
    "encode",
    "encode_length",
    "read_data",
    "to_python",
]


def decode(octets: bytes) -> Data:
    """The one value in these octets.

    Raises:
        MalformedData: anything other than one whole value.
    """
    reader = Reader(octets)
    data = read_data(reader)
    reader.end()
    return data


def read_data(reader: Reader, depth: int = 0) -> Data:
    """The value at the reader's position.

    Raises:
        MalformedData: an unknown type, an early end, or nesting deeper than `MAX_DEPTH`.
    """
    tag = reader.tag()
    if tag in LISTS:
        return Data(tag, _read_list(reader, depth))
    if tag is Tag.COMPACT_ARRAY:
        return Data(tag, read_compact_array(reader, depth))
    return Data(tag, read_content(reader, tag))


def _read_list(reader: Reader, depth: int) -> tuple[Data, ...]:
    count = reader.length()
    if depth >= MAX_DEPTH or count > reader.remaining():
        raise MalformedData("nested too deep, or more elements than octets")
    return tuple(read_data(reader, depth + 1) for _ in range(count))


def encode(data: Data) -> bytes:
    """The octets of a value.

    Raises:
        LocalProtocolError: the value does not fit its type.
    """
    try:
        return bytes((data.tag,)) + _content(data)
    except (struct.error, LookupError, ValueError, TypeError, OverflowError, AttributeError) as error:
        raise LocalProtocolError(f"value does not fit {data.tag.name}") from error


def _content(data: Data) -> bytes:
    if data.tag in LISTS:
        return encode_length(len(data.value)) + b"".join(map(encode, data.value))
    if data.tag is Tag.COMPACT_ARRAY:
        return compact_content(data.value)
    return content(data.tag, data.value)


def to_python(data: Data) -> Any:
    """The plain value: arrays of any kind and structures become lists, all else stays as it is."""
    if data.tag in LISTS:
        return [to_python(element) for element in data.value]
    if data.tag is Tag.COMPACT_ARRAY:
        return [to_python(element) for element in data.value.elements]
    return data.value
