"""An optical head on a serial port: USB, or classic Bluetooth behind a COM port; by pyserial in threads of its own."""

import asyncio
import contextlib
import errno
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import serial

from agent.domain.errors import LinkBusy, LinkError, LinkLost, LinkNotFound
from agent.link.address import SerialAddress
from agent.link.inbox import Inbox
from agent.link.link import Led
from agent.link.pacing import Backlog
from agent.link.states import ProbeEvent

OPEN_SECONDS = 15.0
WRITE_SECONDS = 10.0
CLOSE_SECONDS = 3.0
_POLL_SECONDS = 0.1
_ERRORS = (Exception,)
"""A port that is unplugged raises errors of pyserial, the system or termios, depending on the call."""
_MISSING = (errno.ENOENT, errno.ENXIO, errno.ENODEV)


class SerialLink:
    """See `ProbeLink`. Always 8 data bits and no parity: the sign-on's parity is made in software.

    pyserial's calls block, some for seconds: one thread reads, another does everything else, and each call that the
    event loop waits for has a deadline. A call that never returns blocks its thread, and nothing else.
    """

    led: Led | None = None
    keep_alive_seconds: float | None = None

    def __init__(
        self, address: SerialAddress, name: str | None = None, on_event: Callable[[ProbeEvent], None] = lambda _: None
    ) -> None:
        self._address, self._name, self._on_event = address, name, on_event
        self._port: serial.Serial | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="serial-calls")
        self._backlog = Backlog(address.baud)
        self._inbox = Inbox()
        self._closing = threading.Event()
        self._reader: threading.Thread | None = None

    @property
    def lost(self) -> asyncio.Event:
        """See `ProbeLink`."""
        return self._inbox.lost

    @property
    def name(self) -> str:
        """The name that was given, or the port's."""
        return self._name or self._address.device

    async def open(self) -> None:
        """See `Link`.

        Raises:
            LinkNotFound: there is no such port, or it does not open.
            LinkBusy: `link-port-busy`, another program has it.
            LinkError: `link-port-denied` or `link-port-failed`.
        """
        self._loop = asyncio.get_running_loop()
        try:
            self._port = await self._do(OPEN_SECONDS, self._open_port)
        except TimeoutError:
            raise LinkNotFound("does not open", address=self.name) from None
        except _ERRORS as error:
            raise _unusable(error, self.name) from None
        finally:
            if self._port is None:
                self._executor.shutdown(wait=False)
        self._reader = threading.Thread(target=self._listen, args=(self._port,), name="serial-reader", daemon=True)
        self._reader.start()
        for event in (ProbeEvent.LINKED, ProbeEvent.RECOGNISED, ProbeEvent.SUBSCRIBED):
            self._on_event(event)

    async def write(self, data: bytes) -> None:
        """See `Link`."""
        port = self._usable()
        try:
            await self._do(WRITE_SECONDS, lambda: port.write(data))
            self._backlog.add(len(data), asyncio.get_running_loop().time())
        except _ERRORS as error:
            raise LinkLost(type(error).__name__) from None

    async def read(self, timeout: float) -> bytes:
        """See `Link`."""
        return await self._inbox.read(timeout)

    async def set_baud(self, baud: int) -> None:
        """See `Link`. Waits for the time the octets take, as some adapters report them sent while they buffer them."""
        await asyncio.sleep(self._backlog.seconds_until_empty(asyncio.get_running_loop().time()))
        port = self._usable()

        def change() -> None:
            port.flush()
            port.baudrate = baud

        try:
            await self._do(WRITE_SECONDS, change)
            self._backlog.set_baud(baud)
        except _ERRORS as error:
            raise LinkLost(type(error).__name__) from None

    async def keep_alive(self) -> None:
        """Nothing to do: a port does not fall asleep."""

    async def close(self) -> None:
        """See `Link`."""
        port, self._port = self._port, None
        self._inbox.lose()
        if port is None:
            return
        self._closing.set()
        with contextlib.suppress(*_ERRORS):
            await self._do(CLOSE_SECONDS, lambda: self._close_port(port))
        self._executor.shutdown(wait=False)

    def _open_port(self) -> serial.Serial:
        port: serial.Serial = serial.Serial(
            self._address.device,
            baudrate=self._address.baud,
            bytesize=serial.EIGHTBITS,
            parity=serial.PARITY_NONE,
            stopbits=serial.STOPBITS_ONE,
            timeout=_POLL_SECONDS,
            write_timeout=WRITE_SECONDS,
            exclusive=True if os.name == "posix" else None,  # Windows always does
        )
        return port

    def _listen(self, port: serial.Serial) -> None:
        """In the reading thread: passes octets to the loop as they come."""
        try:
            while not self._closing.is_set():
                if data := port.read(max(1, port.in_waiting)):
                    self._call_on_loop(self._inbox.put, data)
        except _ERRORS:
            self._call_on_loop(self._inbox.lose)

    def _close_port(self, port: serial.Serial) -> None:
        if self._reader is not None:
            self._reader.join(CLOSE_SECONDS)
        port.close()

    def _call_on_loop(self, function: Any, *arguments: Any) -> None:
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            self._loop.call_soon_threadsafe(function, *arguments)

    def _usable(self) -> serial.Serial:
        if self._port is None or self.lost.is_set():
            raise LinkLost("not open")
        return self._port

    async def _do(self, seconds: float, call: Any) -> Any:
        async with asyncio.timeout(seconds):
            return await asyncio.get_running_loop().run_in_executor(self._executor, call)


def _unusable(error: Exception, name: str) -> LinkError:
    """pyserial gives some causes by number, others only as text; Windows says `denied` for a port that is in use."""
    number, text = getattr(error, "errno", None), str(error).lower()
    denied = number == errno.EACCES or "permission" in text
    if number in _MISSING or "filenotfound" in text:
        return LinkNotFound(str(error), address=name)
    if number in (errno.EBUSY, errno.EAGAIN) or "exclusively lock" in text or (denied and sys.platform == "win32"):
        return LinkBusy(str(error), code="link-port-busy", address=name)
    if denied:
        return LinkError(str(error), code="link-port-denied", retryable=False, address=name)
    return LinkError(str(error), code="link-port-failed", address=name)
