"""The part of BER that ACSE APDUs need: definite lengths and tags of one octet (ISO/IEC 8825-1)."""

from collections.abc import Iterator

from agent.dlms.axdr.coding import Reader, encode_length
from agent.domain.errors import MalformedData

INTEGER, OCTET_STRING, OBJECT_IDENTIFIER = 0x02, 0x04, 0x06


def tagged(tag: int, content: bytes) -> bytes:
    """Tag, length and content."""
    return bytes((tag,)) + encode_length(len(content)) + content


def untagged(octets: bytes, tag: int) -> bytes:
    """The content of the only field in `octets`.

    Raises:
        MalformedData: another tag, or a length that does not fit.
    """
    reader = Reader(octets)
    if reader.octet() != tag:
        raise MalformedData("unexpected tag")
    content = reader.take(reader.length())
    reader.end()
    return content


def fields(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each field, in order.

    Raises:
        MalformedData: the last field is cut short.
    """
    reader = Reader(octets)
    while reader.remaining():
        tag = reader.octet()
        yield tag, reader.take(reader.length())
