"""HDLC or the TCP wrapper over a socket: simulated meters, and meters behind a serial server or a concentrator."""

import asyncio
import contextlib

from agent.domain.errors import LinkLost, LinkNotFound
from agent.link.address import TcpAddress

CONNECT_SECONDS = 10.0
CLOSE_SECONDS = 2.0
CHUNK = 4096


class TcpLink:
    """See `Link`."""

    def __init__(self, address: TcpAddress) -> None:
        self._address = address
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def name(self) -> str:
        """The link's URL."""
        scheme = "tcp+wrapper" if self._address.transport.wrapper else "tcp"
        return f"{scheme}://{self._address.host}:{self._address.port}"

    async def open(self) -> None:
        """Connects. Raises LinkNotFound."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                self._reader, self._writer = await asyncio.open_connection(self._address.host, self._address.port)
        except (OSError, TimeoutError) as error:
            raise LinkNotFound(str(error), address=self.name) from None

    async def write(self, data: bytes) -> None:
        """See `Link`."""
        if self._writer is None:
            raise LinkLost("not open")
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError as error:
            raise LinkLost(str(error)) from None

    async def read(self, timeout: float) -> bytes:
        """See `Link`."""
        if self._reader is None:
            raise LinkLost("not open")
        try:
            async with asyncio.timeout(timeout):
                data = await self._reader.read(CHUNK)
        except TimeoutError:
            return b""
        except OSError as error:
            raise LinkLost(str(error)) from None
        if not data:
            raise LinkLost("closed by the other side")
        return data

    async def set_baud(self, baud: int) -> None:
        """Does nothing: a socket has no rate, and a serial server behind it sets its own."""

    async def close(self) -> None:
        """See `Link`."""
        writer, self._reader, self._writer = self._writer, None, None
        if writer is None:
            return
        writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await writer.wait_closed()
