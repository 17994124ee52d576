"""A simulated meter behind a TCP socket: one session for each connection."""

import asyncio
import contextlib
from collections.abc import Callable
from random import Random

from agent.simulator.line import OpticalLine
from agent.simulator.session import MeterSession

PIECE_OCTETS = 64


async def serve_tcp(
    host: str,
    port: int,
    new: Callable[[], MeterSession],
    line: OpticalLine,
    dice: Random,
    on_ready: Callable[[int], None],
) -> None:
    """Serves until cancelled, each connection with a new session; `on_ready` is called with the port.

    Raises:
        OSError: it cannot listen.
    """

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = new()
        with contextlib.suppress(ConnectionError):
            while request := await reader.read(4096):
                session.receive(request, asyncio.get_running_loop().time())
                if answer := session.data_to_send():
                    await line.turn_around(len(request))
                    await _send(line.spoil(answer, dice), writer, line)
        writer.close()

    server = await asyncio.start_server(converse, host, port)
    on_ready(server.sockets[0].getsockname()[1])
    async with server:
        await server.serve_forever()


async def _send(answer: bytes, writer: asyncio.StreamWriter, line: OpticalLine) -> None:
    for at in range(0, len(answer), PIECE_OCTETS):
        piece = answer[at : at + PIECE_OCTETS]
        await asyncio.sleep(line.seconds(len(piece)))
        writer.write(piece)
        await writer.drain()
