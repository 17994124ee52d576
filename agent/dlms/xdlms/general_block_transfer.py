"""General-Block-Transfer (IEC 62056-5-3:2017): any APDU in numbered blocks, several of them in a row."""

from dataclasses import dataclass

from agent.dlms.axdr.coding import Reader, encode_length
from agent.dlms.xdlms.common import read_all
from agent.domain.errors import MalformedData, RemoteProtocolError

GENERAL_BLOCK_TRANSFER = 0xE0
MAX_APDU = 1 << 20
"""Octets of an APDU that arrives in blocks; longer ones are refused."""
_OVERHEAD = 9
"""Octets around a block's content, at most."""
_LAST, _STREAMING, _WINDOW = 0x80, 0x40, 0x3F


@dataclass(frozen=True)
class GeneralBlock:
    """`number` and `acknowledged` count from 1; `window` is how many blocks in a row the sender can receive.

    `streaming`: more blocks follow before an acknowledgement is due.
    """

    last: bool
    streaming: bool
    window: int
    number: int
    acknowledged: int
    content: bytes


def encode_general_block(block: GeneralBlock) -> bytes:
    """The block as an APDU."""
    control = block.last * _LAST | block.streaming * _STREAMING | block.window & _WINDOW
    numbers = block.number.to_bytes(2) + block.acknowledged.to_bytes(2)
    return bytes((GENERAL_BLOCK_TRANSFER, control)) + numbers + encode_length(len(block.content)) + block.content


def decode_general_block(apdu: bytes) -> GeneralBlock:
    """The block in an APDU.

    Raises:
        MalformedData: not a General-Block-Transfer APDU.
    """
    return read_all(apdu, _read)


def single_block(content: bytes, number: int, acknowledged: int, window: int) -> GeneralBlock:
    """A block that needs no others: a whole APDU, or an acknowledgement if there is no content."""
    return GeneralBlock(
        last=True, streaming=False, window=window, number=number, acknowledged=acknowledged, content=content
    )


def _read(reader: Reader) -> GeneralBlock:
    if reader.octet() != GENERAL_BLOCK_TRANSFER:
        raise MalformedData("not a general block")
    control = reader.octet()
    number, acknowledged = int.from_bytes(reader.take(2)), int.from_bytes(reader.take(2))
    content = reader.take(reader.length())
    return GeneralBlock(
        bool(control & _LAST), bool(control & _STREAMING), control & _WINDOW, number, acknowledged, content
    )


class BlockSender:
    """Cuts an APDU into blocks of at most `max_pdu` octets, and gives as many at a time as the peer can receive."""

    def __init__(self, apdu: bytes, max_pdu: int, own_window: int, first_number: int, acknowledged: int) -> None:
        self.block_octets = max_pdu
        size = max(1, max_pdu - _OVERHEAD)
        self._pieces = [apdu[at : at + size] for at in range(0, len(apdu), size)]
        self._first = first_number
        self._own_window, self._acknowledged = own_window, acknowledged

    def burst(self, peer_window: int, acknowledged: int | None = None) -> list[GeneralBlock]:
        """The blocks that follow the last acknowledged one; empty when all are acknowledged.

        Raises:
            RemoteProtocolError: the acknowledged block was never sent.
        """
        start = 0 if acknowledged is None else acknowledged - self._first + 1
        if not 0 <= start <= len(self._pieces):
            raise RemoteProtocolError("acknowledgement of a general block that was never sent")
        end = min(start + max(1, peer_window), len(self._pieces))
        return [
            GeneralBlock(
                last=at == len(self._pieces) - 1,
                streaming=at < end - 1,
                window=self._own_window,
                number=self._first + at,
                acknowledged=self._acknowledged,
                content=self._pieces[at],
            )
            for at in range(start, end)
        ]


class BlockReceiver:
    """Joins blocks to an APDU of at most `MAX_APDU` octets."""

    def __init__(self, first_number: int) -> None:
        self._received = first_number - 1
        self._content = bytearray()

    def take(self, block: GeneralBlock) -> bytes | None:
        """The whole APDU with its last block, else None.

        Raises:
            RemoteProtocolError: a block before this one is missing.
            MalformedData: the APDU is too long.
        """
        if block.number != self._received + 1:
            raise RemoteProtocolError("general block out of order")
        self._received = block.number
        self._content += block.content
        if len(self._content) > MAX_APDU:
            raise MalformedData("APDU too long")
        return bytes(self._content) if block.last else None
