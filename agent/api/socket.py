"""One websocket of one page: requests in, replies and changes out, one writer."""

import asyncio
import socket
import threading
from typing import Any

from simple_websocket import ConnectionClosed
from wsproto.events import Ping
from wsproto.frame_protocol import CloseReason

from agent.api.hub import Hub, Outlet
from agent.api.rpc import BadRequest, Method, RpcRequest, answer, parse_request

MAX_MESSAGE = 64 * 1024
PING_SECONDS = 25.0
"""How long a page may hear nothing."""


def serve_page(ws: Any, hub: Hub, methods: dict[str, Method], loop: asyncio.AbstractEventLoop) -> None:
    """Serves a flask-sock socket until either side closes it. Requests run on the loop, side by side."""
    ws.sock = _WholeFrames(ws.sock)
    outlet = hub.watch()
    writer = threading.Thread(target=_write, args=(ws, outlet), name="page-writer", daemon=True)
    writer.start()
    try:
        while True:
            _receive(ws.receive(), outlet, methods, loop)
    except ConnectionClosed:
        pass
    finally:
        hub.leave(outlet)
        writer.join(5)


def _receive(text: str | bytes, outlet: Outlet, methods: dict[str, Method], loop: asyncio.AbstractEventLoop) -> None:
    try:
        request = parse_request(text, methods)
    except BadRequest as bad:
        outlet.put(bad.reply)
        return
    asyncio.run_coroutine_threadsafe(_reply(request, outlet), loop)


async def _reply(request: RpcRequest, outlet: Outlet) -> None:
    outlet.put(await answer(request))


def _write(ws: Any, outlet: Outlet) -> None:
    try:
        while (message := _next_message(ws, outlet)) is not None:
            ws.send(message)
        ws.close()
    except (ConnectionClosed, OSError):
        return


def _next_message(ws: Any, outlet: Outlet) -> str | None:
    """Pings the page while there is none. simple-websocket's own pings stop when the tablet's clock is set back."""
    while True:
        try:
            return outlet.get(PING_SECONDS)
        except TimeoutError:
            _ping(ws)


def _ping(ws: Any) -> None:
    """Raises: ConnectionClosed, where the last ping was not answered."""
    if not ws.pong_received:
        ws.close(CloseReason.POLICY_VIOLATION, "no answer to a ping")
        ws.event.set()
        ws.sock.shutdown(socket.SHUT_RDWR)
        raise ConnectionClosed
    ws.pong_received = False
    ws.sock.send(ws.ws.send(Ping()))


class _WholeFrames:
    """A socket on which one frame at a time is written, whole.

    simple-websocket writes pings, pongs and closes from its reading thread to the same socket that messages
    go out on; without the lock their bytes mix.
    """

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._lock = threading.Lock()

    def send(self, data: bytes) -> int:
        with self._lock:
            self._sock.sendall(data)
        return len(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)
