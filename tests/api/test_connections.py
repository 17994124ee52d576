"""Who opens many connections, or sends a request drop by drop, keeps nobody else out for long."""

import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from flask import Flask, request

from agent.api import connections
from agent.api.connections import MOST_CONNECTIONS
from agent.api.server import HOST, PageServer, take_port


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Of a server that waits for a request for a second."""
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 1.0)
    app = Flask(__name__)
    app.add_url_rule("/", "index", lambda: request.get_data() or b"here", methods=["GET", "POST"])
    listener = take_port(None)
    taken: int = listener.getsockname()[1]
    server = PageServer(app, listener)
    server.start()
    yield taken
    server.stop()


def threads() -> int:
    return sum(thread.name.startswith("Thread") for thread in threading.enumerate())


def test_half_open_connections_make_few_threads_and_are_closed(port: int) -> None:
    before = threads()
    opened = [socket.create_connection((HOST, port)) for _ in range(4 * MOST_CONNECTIONS)]
    for each in opened:
        try:
            each.sendall(b"GET / HTTP/1.1\r\nHost: ")
        except OSError:
            continue
    assert threads() - before <= MOST_CONNECTIONS
    answer = _asked_until_answered(port)
    assert answer.text == "here"
    for each in opened:
        each.close()


def test_a_request_drop_by_drop_is_cut_off(port: int) -> None:
    for begin in (b"GET / HT", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"):
        with socket.create_connection((HOST, port)) as slow:
            slow.sendall(begin)
            assert _dropped(slow), begin


def _asked_until_answered(port: int) -> httpx.Response:
    while True:
        try:
            return httpx.get(f"http://{HOST}:{port}/")
        except httpx.TransportError:
            time.sleep(0.05)


def _dropped(slow: socket.socket) -> bool:
    """Whether the server ends it, though a further octet comes again and again."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            slow.sendall(b"x")
        except OSError:
            return True
        slow.settimeout(0.1)
        try:
            if slow.recv(1000) in (b"",):
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False
