"""The one owner of the probe: scans, connects, lends the connected link to one job at a time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Literal

from agent.domain.errors import EplusError, InputError, LinkBusy, LinkError, LinkLost
from agent.link.address import BleAddress, parse_link
from agent.link.ble import BleLink
from agent.link.link import Link
from agent.link.radio import Radio
from agent.link.scanner import Found, Scanner

State = Literal["off", "idle", "scanning", "connecting", "connected", "lost"]
REFRESH_SECONDS = 0.5


@dataclass(frozen=True)
class ProbeStatus:
    """`probe` is the one that we connect to, are connected to, or have lost."""

    state: State
    probe: Found | None
    found: tuple[Found, ...]
    error: EplusError | None


class ProbeManager:
    """Everything runs on one event loop. `on_change` is called after every change of the status."""

    def __init__(self, radio: Radio, monotonic: Callable[[], float], on_change: Callable[[ProbeStatus], None]) -> None:
        self.radio = radio
        self._monotonic = monotonic
        self._on_change = on_change
        self._state: State = "idle"
        self._error: EplusError | None = None
        self._probe: Found | None = None
        self._known_devices: dict[str, Found] = {}
        self._scanner: Scanner | None = None
        self._refresher: asyncio.Task[None] | None = None
        self._link: BleLink | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._lent = False
        self._changing = asyncio.Lock()

    def status(self) -> ProbeStatus:
        found = tuple(self._scanner.found()) if self._scanner else tuple(self._known_devices.values())
        return ProbeStatus(self._state, self._probe, found, self._error)

    async def scan(self) -> None:
        """Lists what is around until `stop_scan` or `connect`. Raises LinkUnavailable, LinkBusy."""
        async with self._changing:
            self._refuse_while_lent()
            if self._scanner is not None:
                return
            await self._disconnect()
            scanner = Scanner(self.radio, self._monotonic, lambda: None)
            try:
                await scanner.start()
            except LinkError as error:
                self._become("off", error)
                raise
            self._scanner = scanner
            self._refresher = asyncio.create_task(self._refresh())
            self._become("scanning")

    async def stop_scan(self) -> None:
        async with self._changing:
            await self._stop_scan()

    async def connect(self, address: str, name: str | None = None) -> None:
        """Connects to a probe; scanning ends first.

        Raises:
            InputError: `bad-link`, it is no address.
            LinkError: it cannot be reached, is no probe, or a job holds the link.
        """
        parsed = parse_link(f"ble://{address}")
        if not isinstance(parsed, BleAddress):
            raise InputError(code="bad-link", link=address[:40])
        async with self._changing:
            self._refuse_while_lent()
            await self._stop_scan()
            await self._disconnect()
            self._probe = self._known_devices.get(address) or Found(address, name, 0.0, True, self._monotonic())
            link = BleLink(parsed, self.radio, self._probe.name)
            self._become("connecting")
            try:
                await link.open()
            except LinkError as error:
                self._become("idle", error)
                raise
            self._link = link
            self._watcher = asyncio.create_task(self._watch(link))
            self._become("connected")

    async def disconnect(self) -> None:
        """Raises LinkBusy while a job holds the link."""
        async with self._changing:
            self._refuse_while_lent()
            await self._disconnect()
            self._probe = None
            self._become("idle")

    async def close(self) -> None:
        """Lets everything go, whoever holds it."""
        async with self._changing:
            await self._stop_scan()
            await self._disconnect()

    @contextlib.asynccontextmanager
    async def lease(self) -> AsyncIterator[Link]:
        """The connected link, for one job.

        Raises:
            LinkBusy: another job has it.
            LinkError: `link-not-connected`.
        """
        link = self.require_connected()
        self._lent = True
        try:
            yield link
        finally:
            self._lent = False

    def require_connected(self) -> Link:
        """The link that a job could have now; raises as `lease` does."""
        self._refuse_while_lent()
        if self._link is None or self._state != "connected":
            raise LinkError(code="link-not-connected")
        return self._link

    def _refuse_while_lent(self) -> None:
        if self._lent:
            raise LinkBusy()

    async def _refresh(self) -> None:
        """Tells the list twice a second, not with every advertisement."""
        while self._scanner is not None:
            self._known_devices.update({found.address: found for found in self._scanner.found()})
            self._on_change(self.status())
            await asyncio.sleep(REFRESH_SECONDS)

    async def _stop_scan(self) -> None:
        scanner, self._scanner = self._scanner, None
        if scanner is None:
            return
        self._known_devices = {found.address: found for found in scanner.found()}
        if self._refresher is not None:
            self._refresher.cancel()
        await scanner.stop()
        self._become("idle")

    async def _disconnect(self) -> None:
        link, self._link = self._link, None
        if self._watcher is not None:
            self._watcher.cancel()
            self._watcher = None
        if link is not None:
            await link.close()

    async def _watch(self, link: BleLink) -> None:
        await link.lost.wait()
        if self._link is link:
            self._link = None
            self._become("lost", LinkLost())
            await link.close()

    def _become(self, state: State, error: EplusError | None = None) -> None:
        self._state, self._error = state, error
        self._on_change(self.status())
