"""What is around: advertising Bluetooth devices, serial ports, and what the operating system has paired."""

import asyncio
import contextlib
from collections.abc import Callable

from bleak.backends.device import BLEDevice

from agent.domain.errors import LinkError, LinkUnavailable
from agent.link.paired import Paired
from agent.link.radio import Radio
from agent.link.scanner import Found, Scanner, found_port

REFRESH_SECONDS = 0.5
PORTS_SECONDS = 2.0
LISTED_SECONDS = 5.0


class Surroundings:
    """Listens between `start` and `stop`, or until one device is heard; remembers what it found."""

    def __init__(self, radio: Radio, monotonic: Callable[[], float]) -> None:
        self._radio, self._monotonic = radio, monotonic
        self._found: dict[str, Found] = {}
        self._devices: dict[str, BLEDevice] = {}
        self._scanner: Scanner | None = None
        self._listers: list[asyncio.Task[None]] = []
        self.paired: tuple[Paired, ...] = ()

    def found(self) -> tuple[Found, ...]:
        """All devices and ports of the present or last scan."""
        return tuple(self._found.values())

    def find(self, address: str) -> Found | None:
        """The one with this address, where it was found."""
        return self._found.get(address)

    def take_device(self, address: str) -> BLEDevice | None:
        """bleak's own object for a device of the last scan; given once only, as it may go out of date."""
        return self._devices.pop(address, None)

    async def start(self, on_change: Callable[[], None]) -> LinkError | None:
        """Lists everything until `stop`; `on_change` is called twice a second, not for every advertisement.

        Returns what is wrong with Bluetooth where serial ports can be listed all the same.

        Raises:
            LinkUnavailable: there is nothing to listen with.
        """
        trouble: LinkError | None = None
        await self._list_ports()
        scanner = Scanner(self._radio, self._monotonic)
        try:
            await scanner.start()
            self._scanner = scanner
        except LinkError as error:
            if not any(found.is_port for found in self._found.values()):
                raise
            trouble = error
        except asyncio.CancelledError:
            await scanner.stop()
            raise
        self._listers = [asyncio.create_task(self._refresh(on_change)), asyncio.create_task(self._look_at_ports())]
        await self.list_paired()
        return trouble

    async def stop(self) -> None:
        """Ends what `start` began; what was found stays."""
        for lister in self._listers:
            lister.cancel()
        if self._listers:
            await asyncio.wait(self._listers)
        scanner, self._scanner, self._listers = self._scanner, None, []
        if scanner is not None:
            self._note(scanner)
            self._devices = scanner.devices()
            await scanner.stop()

    async def list_paired(self) -> None:
        """Updates `paired`; a system that does not answer in time leaves it as it was."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LISTED_SECONDS):
                self.paired = tuple(await self._radio.paired())

    async def hear(self, address: str, seconds: float) -> bool:
        """Whether this device is heard within so many seconds; returns as soon as it is.

        Without Bluetooth it waits for that time and returns False.
        """
        scanner = Scanner(self._radio, self._monotonic)
        try:
            return await scanner.hear(address, seconds) is not None
        except LinkUnavailable:
            await asyncio.sleep(seconds)
            return False
        finally:
            self._note(scanner)
            self._devices |= scanner.devices()

    async def _refresh(self, on_change: Callable[[], None]) -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            if self._scanner is not None:
                self._note(self._scanner)
            on_change()

    async def _look_at_ports(self) -> None:
        while True:
            await asyncio.sleep(PORTS_SECONDS)
            await self._list_ports()

    async def _list_ports(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LISTED_SECONDS):
                ports = await self._radio.ports()
                devices = {address: found for address, found in self._found.items() if not found.is_port}
                self._found = devices | {port.device: found_port(port, self._monotonic()) for port in ports}

    def _note(self, scanner: Scanner) -> None:
        ports = {address: found for address, found in self._found.items() if found.is_port}
        self._found = {found.address: found for found in scanner.found()} | ports
