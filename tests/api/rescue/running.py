"""An agent in this process, whose page is visited."""

import threading
import urllib.request
from http.cookiejar import CookieJar

import pytest

from agent import compose
from agent.config import Settings


class Agent:
    """A running agent, whose page is visited."""

    def __init__(self, config: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        self._stop = threading.Event()
        self._ready = threading.Event()
        self.url = ""
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        monkeypatch.setattr(compose, "signals_set", lambda stop: _Linked(self._stop, stop))
        self._thread = threading.Thread(target=self._run, args=[config])
        self._thread.start()
        assert self._ready.wait(30)

    def enter(self) -> str:
        return self._read(self.url)

    def post(self, path: str) -> str:
        return self._read(self.url.split("/?")[0] + path, b"")

    def read(self, path: str) -> str:
        return self._read(self.url.split("/?")[0] + path)

    def end(self) -> None:
        self._stop.set()
        self._thread.join(30)
        assert not self._thread.is_alive()

    def _run(self, config: Settings) -> None:
        compose.run_agent(config, window=False, on_ready=self._came_up)

    def _came_up(self, running: compose.Running) -> None:
        self.url = running.url
        self._ready.set()

    def _read(self, url: str, data: bytes | None = None) -> str:
        with self._browser.open(url, data, timeout=30) as answer:
            return str(answer.read().decode())


class _Linked:
    """Ends the agent by an event of the test, as signals reach the main thread only."""

    def __init__(self, outer: threading.Event, inner: threading.Event) -> None:
        self._outer, self._inner = outer, inner

    def __enter__(self) -> None:
        threading.Thread(target=self._pass_on, daemon=True).start()

    def _pass_on(self) -> None:
        self._outer.wait(120)
        self._inner.set()

    def __exit__(self, *_: object) -> None:
        self._outer.set()
