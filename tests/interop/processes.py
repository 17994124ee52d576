"""Programs that serve on a port, for as long as a test needs them."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from agent.bootstrap import ROOT

EPLUS = [sys.executable, "-c", "from agent.commands.main import main; main()"]


def free_port() -> int:
    with socket.socket() as drawn:
        drawn.bind(("127.0.0.1", 0))
        port: int = drawn.getsockname()[1]
        return port


@contextlib.contextmanager
def serving(command: Sequence[str | Path], port: int, seconds: float = 20) -> Iterator[None]:
    """The command runs, and something listens on the port."""
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process, seconds)
        yield
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def simulated_meter(*options: str) -> Iterator[int]:
    """Our meter, without pacing; gives its port."""
    port = free_port()
    with serving([*EPLUS, "simulate", "--tcp", f"127.0.0.1:{port}", "--fast", *options], port):
        yield port


def eplus(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*EPLUS, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def _wait_for(port: int, process: subprocess.Popen[bytes], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}")
