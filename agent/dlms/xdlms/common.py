"""Parts that the APDUs of GET, SET and ACTION share: their head, descriptors, results and data blocks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from agent.dlms.axdr.coding import Data, Reader, encode, encode_length, read_data
from agent.dlms.cosem.names import AttributeDescriptor, DataAccessResult, MethodDescriptor, Obis, SelectiveAccess
from agent.domain.errors import LocalProtocolError, MalformedData

T = TypeVar("T")
Result = Data | DataAccessResult

_CONFIRMED_HIGH_PRIORITY = 0xC0
BLOCK_OVERHEAD = 14
"""Octets around a data block in its APDU, at most."""


@dataclass(frozen=True)
class Block:
    """A data block: its number, counted from 1, and a piece of what is too long for one APDU."""

    last: bool
    number: int
    content: bytes


def encode_head(tag: int, choice: int, invoke_id: int) -> bytes:
    """The first three octets: APDU tag, choice, and invoke id with priority (confirmed, high)."""
    return bytes((tag, choice, _CONFIRMED_HIGH_PRIORITY | invoke_id))


def read_head(reader: Reader, tag: int) -> tuple[int, int]:
    """Choice and invoke id of an APDU with that tag.

    Raises:
        MalformedData: another tag.
    """
    if reader.octet() != tag:
        raise MalformedData("unexpected APDU")
    return reader.octet(), reader.octet() & 0x0F


def encode_block(block: Block) -> bytes:
    """DataBlock-SA, as SET and ACTION carry it."""
    return bytes((block.last,)) + block.number.to_bytes(4) + encode_length(len(block.content)) + block.content


def read_block(reader: Reader) -> Block:
    """DataBlock-SA. Raises MalformedData if it is cut short."""
    last, number = bool(reader.octet()), int.from_bytes(reader.take(4))
    return Block(last, number, reader.take(reader.length()))


def encode_sequence(items: tuple[T, ...], encode_item: Callable[[T], bytes]) -> bytes:
    """SEQUENCE OF: a count, then the items."""
    return encode_length(len(items)) + b"".join(map(encode_item, items))


def read_sequence(reader: Reader, read_item: Callable[[Reader], T]) -> tuple[T, ...]:
    """SEQUENCE OF: a count, then the items. Raises MalformedData for a count larger than the octets allow."""
    count = reader.length()
    if count > reader.remaining():
        raise MalformedData("more items than octets")
    return tuple(read_item(reader) for _ in range(count))


def encode_result(result: Result) -> bytes:
    """Get-Data-Result: data, or why there is none."""
    if isinstance(result, DataAccessResult):
        return bytes((1, result))
    return b"\x00" + encode(result)


def read_result(reader: Reader) -> Result:
    """Get-Data-Result. Raises MalformedData for any other choice."""
    choice = reader.octet()
    if choice == 0:
        return read_data(reader)
    if choice != 1:
        raise MalformedData("neither data nor a result")
    return DataAccessResult.of(reader.octet())


def read_access_result(reader: Reader) -> DataAccessResult:
    """Data-Access-Result, one octet."""
    return DataAccessResult.of(reader.octet())


def encode_attribute(descriptor: AttributeDescriptor) -> bytes:
    """Cosem-Attribute-Descriptor-With-Selection."""
    access = descriptor.access
    selection = b"\x00" if access is None else bytes((1, access.selector)) + encode(access.parameters)
    return _object(descriptor.class_id, descriptor.obis, descriptor.attribute) + selection


def read_attribute(reader: Reader) -> AttributeDescriptor:
    """Cosem-Attribute-Descriptor-With-Selection. Raises MalformedData if it is cut short."""
    class_id, obis, attribute = _read_object(reader)
    access = None
    if reader.octet():
        access = SelectiveAccess(reader.octet(), read_data(reader))
    return AttributeDescriptor(class_id, obis, attribute, access)


def encode_method(descriptor: MethodDescriptor) -> bytes:
    """Cosem-Method-Descriptor."""
    return _object(descriptor.class_id, descriptor.obis, descriptor.method)


def read_method(reader: Reader) -> MethodDescriptor:
    """Cosem-Method-Descriptor. Raises MalformedData if it is cut short."""
    return MethodDescriptor(*_read_object(reader))


def encode_optional(data: Data | None) -> bytes:
    """Data OPTIONAL: a presence octet, then the data if there is any."""
    return b"\x00" if data is None else b"\x01" + encode(data)


def read_optional(reader: Reader) -> Data | None:
    """Data OPTIONAL. Raises MalformedData if it is cut short."""
    return read_data(reader) if reader.octet() else None


def read_all(octets: bytes, read: Callable[[Reader], T]) -> T:
    """The value that `read` takes from all of the octets.

    Raises:
        MalformedData: octets are missing or left over.
    """
    reader = Reader(octets)
    value = read(reader)
    reader.end()
    return value


def _object(class_id: int, obis: Obis, member: int) -> bytes:
    if not 0 <= class_id <= 0xFFFF or not -128 <= member <= 127:
        raise LocalProtocolError(f"no such object member {class_id}/{obis}/{member}")
    return class_id.to_bytes(2) + bytes(obis) + member.to_bytes(1, signed=True)


def _read_object(reader: Reader) -> tuple[int, Obis, int]:
    class_id = int.from_bytes(reader.take(2))
    obis = Obis.from_octets(reader.take(6))
    return class_id, obis, int.from_bytes(reader.take(1), signed=True)
