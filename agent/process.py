"""The agent as a process: its event loop in a thread of its own, the signals that end it, and the wait for its end."""

import asyncio
import contextlib
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

STOP_SECONDS = 10.0
T = TypeVar("T")


@contextlib.contextmanager
def loop_thread() -> Iterator[asyncio.AbstractEventLoop]:
    """The one event loop, in a thread of its own: it owns Bluetooth, the engine and sync."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="agent-loop")
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextlib.contextmanager
def on_loop(loop: asyncio.AbstractEventLoop, living: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """An asynchronous context manager, entered and left on the loop."""
    entered = asyncio.run_coroutine_threadsafe(living.__aenter__(), loop).result()
    try:
        yield entered
    finally:
        asyncio.run_coroutine_threadsafe(living.__aexit__(None, None, None), loop).result(STOP_SECONDS)


@contextlib.contextmanager
def signals_set(stop: threading.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM set the event, instead of breaking in anywhere."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_for_end(
    stop: threading.Event, page: subprocess.Popen[bytes] | None, go_on: threading.Event | None = None
) -> None:
    """Until told to stop, or the window is gone. Short waits, as Windows cannot break into a long one.

    It also returns, and leaves the window open, when `go_on` is set.
    """
    while not stop.wait(0.2):
        if (page is not None and page.poll() is not None) or (go_on is not None and go_on.is_set()):
            return
    if page is not None:
        page.terminate()
        page.wait(STOP_SECONDS)
