"""General block transfer, both directions: any APDU cut into numbered blocks, and put together again."""

from agent.dlms.xdlms.block_transfer import OVERHEAD, GeneralBlock
from agent.domain.errors import MalformedData, RemoteProtocolError

MAX_CONTENT = 1 << 20


class BlockSender:
    """Gives an APDU in bursts of at most as many blocks as the other side takes in a row."""

    def __init__(self, apdu: bytes, max_pdu: int, own_window: int, first_number: int, acknowledged: int) -> None:
        self.block_octets = max_pdu
        size = max(1, max_pdu - OVERHEAD)
        self._pieces = [apdu[at : at + size] for at in range(0, len(apdu), size)]
        self._first = first_number
        self._own_window, self._acknowledged = own_window, acknowledged

    def burst(self, peer_window: int, acknowledged: int | None = None) -> list[GeneralBlock]:
        """The blocks after the one that was acknowledged last; empty when all were.

        Raises:
            RemoteProtocolError: a block is acknowledged that was not sent.
        """
        start = 0 if acknowledged is None else acknowledged - self._first + 1
        if not 0 <= start <= len(self._pieces):
            raise RemoteProtocolError("a general block acknowledged that was not sent")
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
    """Puts blocks together again, bounded."""

    def __init__(self, first_number: int) -> None:
        self.received = first_number - 1
        self._content = bytearray()

    def take(self, block: GeneralBlock) -> bytes | None:
        """The whole APDU with its last block, else None.

        Raises:
            RemoteProtocolError: a block is missing before this one.
            MalformedData: the APDU grows too long.
        """
        if block.number != self.received + 1:
            raise RemoteProtocolError("general block out of order")
        self.received = block.number
        self._content += block.content
        if len(self._content) > MAX_CONTENT:
            raise MalformedData("APDU too long")
        return bytes(self._content) if block.last else None
