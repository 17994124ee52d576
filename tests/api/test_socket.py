"""The websocket of a page: pings, by a clock that never jumps."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from websockets.sync.client import connect

from agent.api.app import Downloads, create_app
from agent.api.door import Door
from agent.api.hub import Hub
from agent.api.server import PageServer, take_port
from tests.api.test_hub import hub, line

TOKEN = "letmein"
OFTEN, SELDOM = 0.05, 1.0
"""Seconds between pings: no page on a busy machine may miss those that it is to answer."""
FORTY_DAYS = 40 * 24 * 3600.0


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[tuple[Hub, int]]:
    monkeypatch.setattr("agent.api.socket.PING_SECONDS", request.param)
    made, listener, loop = hub(), take_port(None), asyncio.new_event_loop()
    port: int = listener.getsockname()[1]
    runner = threading.Thread(target=loop.run_forever)
    runner.start()
    app = create_app(made, {}, loop, Door(port, TOKEN), Downloads(lambda _: None, lambda _: None))
    server = PageServer(app, listener)
    server.start()
    yield made, port
    made.close()
    server.stop()
    loop.call_soon_threadsafe(loop.stop)
    runner.join()
    loop.close()


def headers(port: int) -> dict[str, str]:
    return {"Cookie": f"eplus-{port}={TOKEN}"}


@pytest.mark.parametrize("served", [SELDOM], indirect=True)
@pytest.mark.parametrize("jump", [-FORTY_DAYS, FORTY_DAYS])
def test_a_page_outlives_a_clock_that_jumps(
    served: tuple[Hub, int], monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    made, port = served
    with connect(f"ws://127.0.0.1:{port}/ws", additional_headers=headers(port)) as page:
        assert "snapshot" in page.recv(5)
        real = time.time
        monkeypatch.setattr(time, "time", lambda: real() + jump)
        monkeypatch.setattr("simple_websocket.ws.time", lambda: real() + jump)
        threading.Event().wait(2.5 * SELDOM)
        made.log([line(7)])
        assert '"7"' in page.recv(5)


@pytest.mark.parametrize("served", [OFTEN], indirect=True)
@pytest.mark.parametrize("jump", [0.0, -FORTY_DAYS, FORTY_DAYS])
def test_a_page_that_answers_no_ping_is_closed(
    served: tuple[Hub, int], monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    """Also after the clock has jumped: pings go on."""
    _, port = served
    real = time.time
    with socket.create_connection(("127.0.0.1", port), 5) as raw:
        raw.sendall(
            f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            f"Cookie: {headers(port)['Cookie']}\r\n\r\n".encode()
        )
        received = raw.recv(65536)
        monkeypatch.setattr("simple_websocket.ws.time", lambda: real() + jump)
        while piece := raw.recv(65536):
            received += piece
    assert b"\x89\x00" in received, "a ping"
    assert b"no answer to a ping" in received
