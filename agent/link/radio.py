"""Which Bluetooth stack bleak uses, where paired devices and serial ports are listed, and what bleak's errors mean."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bleak import BleakClient
from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import BaseBleakScanner
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDeviceNotFoundError,
    BleakError,
)

from agent.domain.errors import LinkError, LinkNotFound, LinkUnavailable
from agent.link.paired import Paired, paired_devices
from agent.link.ports import SerialPort, serial_ports
from agent.link.profile import ProbeProfile, probe_profiles

UNPAIR_SECONDS = 10.0
_Reason = BleakBluetoothNotAvailableReason
_CODES = {
    _Reason.NO_BLUETOOTH: "link-no-adapter",
    _Reason.NO_BLE_CENTRAL_ROLE: "link-no-adapter",
    _Reason.POWERED_OFF: "link-radio-off",
    _Reason.DENIED_BY_USER: "link-no-permission",
    _Reason.DENIED_BY_SYSTEM: "link-no-permission",
    _Reason.DENIED_BY_UNKNOWN: "link-no-permission",
}


@dataclass(frozen=True)
class Radio:
    """bleak's backends; None is the operating system's own. `simulated` is shown on the page.

    `paired` lists what the operating system has paired, `ports` its serial ports.
    """

    client_backend: type[BaseBleakClient] | None = None
    scanner_backend: type[BaseBleakScanner] | None = None
    simulated: bool = False
    profiles: tuple[ProbeProfile, ...] = field(default_factory=probe_profiles)
    paired: Callable[[], Awaitable[list[Paired]]] = paired_devices
    ports: Callable[[], Awaitable[list[SerialPort]]] = serial_ports

    async def unpair(self, address: str) -> None:
        """As far as the system allows; a device that stays paired stays in the list."""
        with contextlib.suppress(BleakError, OSError, TimeoutError, NotImplementedError):
            async with asyncio.timeout(UNPAIR_SECONDS):
                await BleakClient(address, backend=self.client_backend).unpair()


def link_error(error: Exception, address: str = "") -> LinkError:
    """Our error for one of bleak's or the operating system's, or a time-out. An empty address: it came from a scan."""
    if isinstance(error, BleakBluetoothNotAvailableError):
        return LinkUnavailable(str(error), code=_CODES.get(error.reason, "link-unavailable"))
    if address and isinstance(error, BleakDeviceNotFoundError | TimeoutError):
        return LinkNotFound(str(error), address=address)
    if isinstance(error, BleakError) and address:
        return LinkError(str(error), code="link-taken", address=address)
    return LinkError(str(error)) if address else LinkUnavailable(str(error))
