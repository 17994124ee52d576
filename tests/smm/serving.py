"""SMM as a process of its own, and tablets that keep trying."""

import contextlib
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.smm.fleet import FleetTablet


@contextmanager
def served(url: str, workers: int | None = 2) -> Iterator[int]:
    """The port of a server on this database; at the end it is stopped with SIGTERM, as a service."""
    port = _free_port()
    command = [sys.executable, "-m", "agent", "smm", "serve", "--database", url, "--port", str(port)]
    if workers is not None:
        command += ["--workers", str(workers)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        _wait(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(60)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        assert process.poll() is None, "the server has ended"
        with contextlib.suppress(OSError, http.client.HTTPException):
            if call(port, "GET", "/readyz")[0] == 200:
                return
        time.sleep(0.1)
    raise TimeoutError


def call(port: int, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
    """Status and JSON."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def send_until_answered(port: int, tablet: FleetTablet, body: bytes) -> list[dict[str, Any]]:
    """The receipts, after as many attempts as it takes."""
    for _ in range(600):
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            status, answer = call(port, "POST", "/api/v1/executions", body, tablet.headers)
            if status == 200:
                receipts: list[dict[str, Any]] = answer["receipts"]
                return receipts
            assert status == 503, answer
        time.sleep(0.1)
    raise TimeoutError


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
