"""The demo as a process of its own, for tests of the whole."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
from websockets.sync.client import connect
from websockets.typing import Origin

from agent.bootstrap import ROOT

START_SECONDS = 90


class Demo:
    """`start` and `stop` as often as wanted, on one data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.url = self.smm_url = ""
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> "Demo":
        command = [sys.executable, "-m", "agent", "demo", "--no-window", "--fast", "--data", str(self.data)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        told = ""
        for line in self.process.stdout:
            told += line
            if line.startswith("Ctrl-C"):
                break
        else:
            raise AssertionError(f"the demo did not start: {told}")
        self.url, self.smm_url = re.findall(r"http://\S+", told)
        return self

    @property
    def origin(self) -> str:
        return self.url.split("/?")[0]

    def family(self) -> list[psutil.Process]:
        """The demo and every process that it started."""
        assert self.process is not None
        root = psutil.Process(self.process.pid)
        return [root, *root.children(recursive=True)]

    def smm(self) -> psutil.Process:
        return next(process for process in self.family() if "serve" in process.cmdline())

    def stop(self) -> None:
        """As Ctrl-C does."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)

    def kill(self) -> None:
        """As `kill -9` does: no chance to tidy up. Its SMM ends by itself."""
        assert self.process is not None
        family = self.family()
        self.process.kill()
        self.process.wait(10)
        psutil.wait_procs(family, 10)


class Page:
    """A page without a browser: the socket, the state, and requests."""

    def __init__(self, demo: Demo) -> None:
        port = demo.origin.rsplit(":", 1)[1]
        token = demo.url.split("token=")[1]
        cookie = {"Cookie": f"eplus-{port}={token}"}
        opening = connect(f"ws://127.0.0.1:{port}/ws", additional_headers=cookie, origin=Origin(demo.origin))
        self.socket = opening.__enter__()
        self.state: dict[str, Any] = {}
        self._seq = 0
        self._ids = 0

    def call(self, method: str, **params: Any) -> Any:
        """The result; an error of the agent as an AssertionError with its code."""
        reply = self.request(method, **params)
        assert "error" not in reply, reply["error"]
        return reply["result"]

    def request(self, method: str, **params: Any) -> dict[str, Any]:
        self._ids += 1
        self.socket.send(json.dumps({"jsonrpc": "2.0", "id": self._ids, "method": method, "params": params}))
        while True:
            message = self._next(30)
            if message.get("id") == self._ids:
                return message

    def until(self, condition: Any, seconds: float = 30) -> dict[str, Any]:
        """The state, as soon as it fulfils the condition."""
        deadline = time.monotonic() + seconds
        while not (self.state and condition(self.state)):
            self._next(max(0.01, deadline - time.monotonic()))
        return self.state

    def _next(self, seconds: float) -> dict[str, Any]:
        try:
            text = self.socket.recv(seconds)
        except TimeoutError:
            raise AssertionError(f"nothing came; state: {self.state}") from None
        message: dict[str, Any] = json.loads(text)
        if message.get("method") == "snapshot":
            self.state, self._seq = message["params"]["state"], message["params"]["seq"]
        elif message.get("method") == "change":
            self._apply(message["params"])
        return message

    def _apply(self, change: dict[str, Any]) -> None:
        assert change["seq"] == self._seq + 1, "a gap in the numbers"
        self._seq = change["seq"]
        if change["part"] == "log":
            before = [] if change["reset"] else self.state["log"]
            self.state["log"] = before + change["lines"]
        else:
            self.state[change["part"]] = change["value"]
