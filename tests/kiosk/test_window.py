"""The window is a process of its own; the agent ends with it, and it with the agent.

Where this machine has no screen or no pywebview, a module stands in for pywebview and the rest is real.
"""

import importlib.util
import os
import signal
import subprocess
import sys
import time
import webbrowser
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from agent.bootstrap import ROOT
from agent.kiosk.window import open_page

URL = "http://127.0.0.1:1/?token=t"
START_SECONDS = 60
HAS_SCREEN = sys.platform in ("win32", "darwin") or bool({"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ))
STAND_IN = """
import json, os, sys, time

def create_window(title, url, **options):
    print(json.dumps({"title": title, "url": url, **options}), file=sys.stderr, flush=True)

def start(**options):
    print(json.dumps(options), file=sys.stderr, flush=True)
    time.sleep(120)
"""
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")


@pytest.fixture
def screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A screen with pywebview, for this process and its children."""
    if HAS_SCREEN and importlib.util.find_spec("webview"):
        return
    folder = tmp_path / "stand-in"
    folder.mkdir()
    (folder / "webview.py").write_text(STAND_IN)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.syspath_prepend(folder)


@pytest.fixture
def agent(screen: None, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`eplus run` as a shell starts it in the background: with SIGINT ignored."""
    del screen
    command = [sys.executable, "-m", "agent", "run", "--kiosk", "--data", str(tmp_path / "data")]
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    finally:
        signal.signal(signal.SIGINT, before)
    yield process
    if process.poll() is None:
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        for child in family:
            child.kill()
    process.communicate()


def command_line(process: psutil.Process) -> list[str]:
    """Empty only until the new program runs in it."""
    deadline = time.monotonic() + START_SECONDS
    while not process.cmdline() and time.monotonic() < deadline:
        time.sleep(0.01)
    return process.cmdline()


def window_of(agent: subprocess.Popen[str]) -> psutil.Process:
    """The window's process, as soon as there is one."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and agent.poll() is None:
        for child in psutil.Process(agent.pid).children():
            if "agent.kiosk.window" in child.cmdline():
                return child
        time.sleep(0.05)
    raise AssertionError("no window")


@pytest.mark.usefixtures("screen")
@pytest.mark.parametrize("fullscreen", [False, True])
def test_its_command_line(tmp_path: Path, fullscreen: bool) -> None:
    process = open_page(URL, tmp_path / "window", fullscreen=fullscreen)
    assert process is not None
    try:
        arguments = command_line(psutil.Process(process.pid))[1:]
    finally:
        process.kill()
        process.wait(10)
    expected = ["-m", "agent.kiosk.window", URL, str(tmp_path / "window")]
    assert arguments == expected + (["--fullscreen"] if fullscreen else [])


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a screen")
def test_without_a_screen_the_browser_shows_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert open_page(URL, tmp_path, fullscreen=True) is None
    assert opened == [URL]


@pytest.mark.slow
def test_a_closed_window_ends_the_agent(agent: subprocess.Popen[str]) -> None:
    window = window_of(agent)
    assert window.cmdline()[-1] == "--fullscreen"
    window.terminate()
    assert agent.wait(30) == 0


@posix
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_agent_that_is_stopped_closes_its_window(agent: subprocess.Popen[str], number: signal.Signals) -> None:
    window = window_of(agent)
    agent.send_signal(number)
    assert agent.wait(30) == 0
    assert not window.is_running()
