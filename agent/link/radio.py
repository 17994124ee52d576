"""Which Bluetooth stack bleak uses, and what its errors mean to a technician."""

from dataclasses import dataclass

from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import BaseBleakScanner
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDeviceNotFoundError,
)

from agent.domain.errors import LinkError, LinkNotFound, LinkUnavailable

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
    """bleak's backends; None is the operating system's own. `simulated` is said on the page."""

    client_backend: type[BaseBleakClient] | None = None
    scanner_backend: type[BaseBleakScanner] | None = None
    simulated: bool = False


def link_error(error: Exception, address: str = "") -> LinkError:
    """Our error for one of bleak's, of the operating system's, or a time-out; without an address, of a scan."""
    if isinstance(error, BleakBluetoothNotAvailableError):
        return LinkUnavailable(str(error), code=_CODES.get(error.reason, "link-unavailable"))
    if isinstance(error, BleakDeviceNotFoundError | TimeoutError):
        return LinkNotFound(str(error), address=address)
    return LinkError(str(error)) if address else LinkUnavailable(str(error))
