"""General block transfer: any APDU in numbered blocks, several in a row (IEC 62056-5-3, General-Block-Transfer)."""

from dataclasses import dataclass

from agent.dlms.axdr.coding import Reader, encode_length
from agent.dlms.xdlms.common import whole
from agent.domain.errors import MalformedData

GENERAL_BLOCK_TRANSFER = 0xE0
OVERHEAD = 9
"""Octets around a block's content, at most."""
MAX_WINDOW = 63
_LAST, _STREAMING, _WINDOW = 0x80, 0x40, 0x3F


@dataclass(frozen=True)
class GeneralBlock:
    """`number` and `acknowledged` count from 1; `window` is how many blocks the sender takes in a row.

    `streaming`: more blocks follow before an acknowledgement is wanted.
    """

    last: bool
    streaming: bool
    window: int
    number: int
    acknowledged: int
    content: bytes


def encode_general_block(block: GeneralBlock) -> bytes:
    control = block.last * _LAST | block.streaming * _STREAMING | block.window & _WINDOW
    numbers = block.number.to_bytes(2) + block.acknowledged.to_bytes(2)
    return bytes((GENERAL_BLOCK_TRANSFER, control)) + numbers + encode_length(len(block.content)) + block.content


def decode_general_block(apdu: bytes) -> GeneralBlock:
    """Raises MalformedData if it is none."""
    return whole(apdu, _read)


def _read(reader: Reader) -> GeneralBlock:
    if reader.octet() != GENERAL_BLOCK_TRANSFER:
        raise MalformedData("no general block")
    control = reader.octet()
    number, acknowledged = int.from_bytes(reader.take(2)), int.from_bytes(reader.take(2))
    content = reader.take(reader.length())
    return GeneralBlock(
        bool(control & _LAST), bool(control & _STREAMING), control & _WINDOW, number, acknowledged, content
    )
