"""Whatever answers octets with octets, each after its pause, behind a TCP socket."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Protocol

Piece = tuple[float, bytes]
"""Seconds to wait, then octets to send."""


class Player(Protocol):
    """One client's connection."""

    def take(self, octets: bytes, now: float) -> Iterator[Piece]:
        """Octets that came, at `now` monotonic seconds, and what is sent in return."""

    @property
    def has_ended(self) -> bool:
        """Whether the connection is to be closed."""


async def serve_players(host: str, port: int, begin: Callable[[], Player], on_ready: Callable[[int], None]) -> None:
    """Serves until cancelled, each connection with a player of its own; `on_ready` is called with the port.

    Raises:
        OSError: it cannot listen.
    """

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        player = begin()
        with contextlib.suppress(ConnectionError):
            octets = b""
            while not player.has_ended:
                for pause, answer in player.take(octets, asyncio.get_running_loop().time()):
                    await asyncio.sleep(pause)
                    writer.write(answer)
                    await writer.drain()
                if player.has_ended or not (octets := await reader.read(4096)):
                    break
        writer.close()

    server = await asyncio.start_server(converse, host, port)
    on_ready(server.sockets[0].getsockname()[1])
    async with server:
        await server.serve_forever()
