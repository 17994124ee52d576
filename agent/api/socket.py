"""One websocket of one page: requests in, replies and changes out, one writer."""

import asyncio
import threading
from typing import Any

from simple_websocket import ConnectionClosed

from agent.api.hub import Hub, Outlet
from agent.api.rpc import BadRequest, Method, RpcRequest, answer, parse_request

MAX_MESSAGE = 64 * 1024
PING_SECONDS = 25


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
        while (message := outlet.get()) is not None:
            ws.send(message)
        ws.close()
    except (ConnectionClosed, OSError):
        return


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
