"""A live list of the Bluetooth devices around, by bleak."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError

from agent.link.profile import profile_for
from agent.link.radio import Radio, link_error

SILENT_SECONDS = 10.0
_SMOOTHING = 0.3


@dataclass(frozen=True)
class Found:
    """A device that advertises: `signal` is smoothed RSSI in dBm, `seen_at` monotonic seconds."""

    address: str
    name: str | None
    signal: float
    is_probe: bool
    seen_at: float


class Scanner:
    """Scans between `start` and `stop`; `on_found` is called on every advertisement."""

    def __init__(self, radio: Radio, monotonic: Callable[[], float], on_found: Callable[[], None]) -> None:
        self._monotonic = monotonic
        self._on_found = on_found
        self._found: dict[str, Found] = {}
        self._scanner = BleakScanner(self._on_advertisement, backend=radio.scanner_backend)

    def found(self) -> list[Found]:
        """Devices heard in the last seconds, by address."""
        oldest = self._monotonic() - SILENT_SECONDS
        self._found = {address: found for address, found in self._found.items() if found.seen_at >= oldest}
        return sorted(self._found.values(), key=lambda found: found.address)

    async def start(self) -> None:
        """Raises LinkUnavailable where there is no Bluetooth to scan with."""
        try:
            await self._scanner.start()
        except (BleakError, OSError) as error:
            raise link_error(error) from None

    async def stop(self) -> None:
        try:
            await self._scanner.stop()
        except (BleakError, OSError):
            return

    def _on_advertisement(self, device: BLEDevice, advertisement: AdvertisementData) -> None:
        now = self._monotonic()
        before = self._found.get(device.address)
        services = {uuid.lower() for uuid in advertisement.service_uuids}
        heard = Found(
            address=device.address,
            name=advertisement.local_name or device.name,
            signal=float(advertisement.rssi),
            is_probe=profile_for(services) is not None,
            seen_at=now,
        )
        self._found[device.address] = heard if before is None else _merged(before, heard)
        self._on_found()


def _merged(before: Found, heard: Found) -> Found:
    """A name or service once told stays; the signal moves slowly."""
    return replace(
        heard,
        name=heard.name or before.name,
        is_probe=heard.is_probe or before.is_probe,
        signal=before.signal + _SMOOTHING * (heard.signal - before.signal),
    )
