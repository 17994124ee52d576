"""A proxy that misbehaves as it is told, between a tablet and SMM.

It speaks HTTP/1.1 just well enough to tell requests apart; connections to the tablet stay open, as a real proxy's do.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HOP = re.compile(rb"\r\n(?:connection|keep-alive): *[^\r]*", re.IGNORECASE)


@dataclass
class Exchange:
    """A request that the tablet has sent, and ways to deal with it."""

    request: bytes
    proxy: "Proxy"
    writer: asyncio.StreamWriter

    @property
    def is_delivery(self) -> bool:
        """Whether it brings envelopes."""
        return self.request.startswith(b"POST /api/v1/executions")

    async def forward(self, request: bytes | None = None) -> bytes:
        """SMM's answer to it, or to another request."""
        answer = await ask(self.proxy.target, self.request if request is None else request)
        self.proxy.answers.append(answer)
        return answer

    async def answer(self, content: bytes) -> None:
        """Sends these octets to the tablet."""
        self.writer.write(content)
        await self.writer.drain()

    def reset(self) -> None:
        """Tears the connection down."""
        self.writer.transport.abort()

    async def hang_up(self) -> None:
        """Closes the connection."""
        self.writer.close()


Behaviour = Callable[[Exchange], Awaitable[None]]


@dataclass
class Proxy:
    """`behaviour` is what it does with each request from now on."""

    target: str
    behaviour: Behaviour
    url: str = ""
    answers: list[bytes] = field(default_factory=list)
    deliveries: list[bytes] = field(default_factory=list)
    connections: set[asyncio.Task[None]] = field(default_factory=set)
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a tablet."""
        task = asyncio.current_task()
        assert task is not None
        self.connections.add(task)
        try:
            while not writer.is_closing():
                exchange = Exchange(await read_message(reader), self, writer)
                if exchange.is_delivery:
                    self.deliveries.append(exchange.request)
                self.idle.clear()
                try:
                    await self.behaviour(exchange)
                finally:
                    self.idle.set()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass  # the tablet has hung up, or the test is over
        finally:
            self.connections.discard(task)
            writer.close()


@asynccontextmanager
async def listening(proxy: Proxy, tls: ssl.SSLContext | None = None) -> AsyncIterator[Proxy]:
    """The proxy serves until the block ends."""
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, ssl=tls)
    proxy.idle.set()
    proxy.url = f"http{'s' if tls else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        left = list(proxy.connections)
        for connection in left:
            connection.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def read_message(reader: asyncio.StreamReader) -> bytes:
    """A whole request. Raises: asyncio.IncompleteReadError, at the end of the connection."""
    head = await reader.readuntil(_HEAD_END)
    length = _LENGTH.search(head)
    return head + (await reader.readexactly(int(length[1])) if length else b"")


async def ask(target: str, request: bytes) -> bytes:
    """SMM's whole answer, as one of a connection that stays open; to a request that is cut off, perhaps nothing."""
    address = urlsplit(target)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        head, end, body = request.partition(_HEAD_END)
        writer.write(_HOP.sub(b"", head) + (b"\r\nConnection: close" if end else b"") + end + body)
        writer.write_eof()
        return _staying_open(await reader.read())
    finally:
        writer.close()


def _staying_open(answer: bytes) -> bytes:
    head, end, body = answer.partition(_HEAD_END)
    head = _HOP.sub(b"", head).replace(b"HTTP/1.0", b"HTTP/1.1", 1)
    if end and not _LENGTH.search(head + b"\r\n"):
        head += b"\r\nContent-Length: %d" % len(body)
    return head + end + body


def split(answer: bytes) -> tuple[bytes, bytes]:
    """The head and the content of an answer."""
    head, _, body = answer.partition(_HEAD_END)
    return head, body


def with_content(answer: bytes, body: bytes) -> bytes:
    """The same answer with another content."""
    head, _ = split(answer)
    head = re.sub(rb"(?i)\r\ncontent-length: *\d+", b"", head)
    return head + b"\r\nContent-Length: %d" % len(body) + _HEAD_END + body


def made_answer(status: str, body: bytes, *headers: str) -> bytes:
    """An answer that is not SMM's."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + _HEAD_END + body
