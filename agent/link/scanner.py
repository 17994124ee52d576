"""A live list of the probes around: Bluetooth devices that advertise, by bleak, and this machine's serial ports."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError

from agent.link.ports import SerialPort
from agent.link.profile import advertised_by
from agent.link.radio import Radio, link_error

SILENT_SECONDS = 10.0
START_SECONDS = 10.0
STOP_SECONDS = 3.0
_SMOOTHING = 0.3


@dataclass(frozen=True)
class Found:
    """A device or serial port around.

    `signal` is smoothed RSSI in dBm, None for a serial port or a device not heard; `seen_at` is in monotonic seconds.
    """

    address: str
    name: str | None
    signal: float | None
    is_probe: bool
    seen_at: float
    is_port: bool = False


class Scanner:
    """Scans once: between `start` and `stop`, or until one device is heard."""

    def __init__(self, radio: Radio, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._profiles = radio.profiles
        self._found: dict[str, Found] = {}
        self._devices: dict[str, BLEDevice] = {}
        self._wanted: str | None = None
        self._heard = asyncio.Event()
        self._starting: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._scanner = BleakScanner(self._on_advertisement, backend=radio.scanner_backend)

    def found(self) -> list[Found]:
        """Devices heard in the last `SILENT_SECONDS`, by address."""
        oldest = self._monotonic() - SILENT_SECONDS
        self._found = {address: found for address, found in self._found.items() if found.seen_at >= oldest}
        self._devices = {address: self._devices[address] for address in self._found}
        return sorted(self._found.values(), key=lambda found: found.address)

    def devices(self) -> dict[str, BLEDevice]:
        """bleak's own objects for what was heard, by address: connecting with one saves another scan."""
        return dict(self._devices)

    async def start(self) -> None:
        """Begins to listen. Raises LinkUnavailable where there is no Bluetooth."""
        self._starting = asyncio.create_task(self._scanner.start())
        try:
            async with asyncio.timeout(START_SECONDS):
                await asyncio.shield(self._starting)
        except (BleakError, OSError, TimeoutError) as error:
            raise link_error(error) from None

    async def stop(self) -> None:
        """Lets a start under way finish: interrupted, BlueZ would scan for ever and refuse every other scan.

        After `STOP_SECONDS`, the rest continues in the background.
        """
        self._stopping = self._stopping or asyncio.create_task(self._stop())
        await asyncio.wait({self._stopping}, timeout=STOP_SECONDS)

    async def _stop(self) -> None:
        with contextlib.suppress(BleakError, OSError, TimeoutError):
            if self._starting is not None:
                await self._starting
            await self._scanner.stop()

    async def hear(self, address: str, seconds: float) -> BLEDevice | None:
        """Listens until this device is heard; None if that takes more than so many seconds.

        Raises:
            LinkUnavailable: there is no Bluetooth.
        """
        self._wanted = address
        try:
            await self.start()
            async with asyncio.timeout(seconds):
                await self._heard.wait()
        except TimeoutError:
            return None
        finally:
            await self.stop()
        return self._devices[address]

    def _on_advertisement(self, device: BLEDevice, advertisement: AdvertisementData) -> None:
        before = self._found.get(device.address)
        services = {uuid.lower() for uuid in advertisement.service_uuids}
        heard = Found(
            address=device.address,
            name=advertisement.local_name or device.name,
            signal=float(advertisement.rssi),
            is_probe=advertised_by(services, self._profiles) is not None,
            seen_at=self._monotonic(),
        )
        self._found[device.address] = heard if before is None else _merged(before, heard)
        self._devices[device.address] = device
        if device.address == self._wanted:
            self._heard.set()


def found_port(port: SerialPort, now: float) -> Found:
    """A serial port among the devices around."""
    return Found(port.device, port.title, None, port.may_be_probe, now, is_port=True)


def _merged(before: Found, heard: Found) -> Found:
    """A name or service once heard stays; the signal is smoothed."""
    assert before.signal is not None
    assert heard.signal is not None
    return replace(
        heard,
        name=heard.name or before.name,
        is_probe=heard.is_probe or before.is_probe,
        signal=before.signal + _SMOOTHING * (heard.signal - before.signal),
    )
