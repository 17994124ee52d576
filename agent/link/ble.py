"""A probe over Bluetooth LE, by bleak."""

import asyncio
import contextlib
from collections.abc import Callable

from bleak import BleakClient
from bleak.args.winrt import WinRTClientArgs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice

from agent.domain.errors import LinkError, LinkLost, LinkNotFound
from agent.link.address import BleAddress
from agent.link.gatt import GATT_SECONDS, STACK_ERRORS, PacedWriter, subscribe
from agent.link.inbox import Inbox
from agent.link.link import Led
from agent.link.pacing import Backlog
from agent.link.profile import BaudCommand, ProbeProfile, characteristic_of, recognise
from agent.link.radio import Radio, link_error
from agent.link.scanner import Scanner
from agent.link.states import ProbeEvent

CONNECT_SECONDS = 15.0
CLOSE_SECONDS = 3.0
BAUD_SECONDS = 2.0


class BleLink:
    """See `ProbeLink`. Each object connects once: a new attempt is a new object, with a new bleak client.

    `device` is bleak's own object from a scan. `cached` lets the operating system take the services from its memory;
    if they are out of date, they are discovered again. `on_event` is called at each step of the opening, `on_led`
    after each report of the LED's colour.
    """

    def __init__(
        self,
        address: BleAddress,
        radio: Radio,
        name: str | None = None,
        *,
        device: BLEDevice | None = None,
        cached: bool = False,
        on_event: Callable[[ProbeEvent], None] = lambda _: None,
        on_led: Callable[[], None] = lambda: None,
    ) -> None:
        self._address = address.address
        self._radio, self._name, self._device, self._cached = radio, name, device, cached
        self._on_event, self._on_led = on_event, on_led
        self._client: BleakClient | None = None
        self._writer: PacedWriter | None = None
        self.profile: ProbeProfile | None = None
        self._backlog = Backlog()
        self._inbox = Inbox()
        self._writing = asyncio.Lock()
        self.led: Led | None = None

    @property
    def name(self) -> str:
        """The probe's name, or its address where none is known."""
        return self._name or self._address

    @property
    def lost(self) -> asyncio.Event:
        """See `ProbeLink`."""
        return self._inbox.lost

    @property
    def keep_alive_seconds(self) -> float | None:
        """See `ProbeLink`."""
        keep_alive = None if self.profile is None else self.profile.keep_alive
        return None if keep_alive is None else keep_alive.seconds

    # ── opening ──

    async def open(self) -> None:
        """Connects, recognises the probe and subscribes to what it sends; closed again if that fails.

        Raises:
            LinkUnavailable: there is no Bluetooth.
            LinkNotFound: the probe is not there.
            LinkError: `link-taken`, `link-not-a-probe`, `link-pin-needed`, or another.
        """
        try:
            client = await self._connect(cached=self._cached)
            profile = recognise(client.services, self._radio.profiles)
            if profile is None and self._cached:
                self._client = None  # its end does not count as a loss
                await self._disconnect(client)
                self._on_event(ProbeEvent.CONNECT)
                client = await self._connect(cached=False)
                profile = recognise(client.services, self._radio.profiles)
            if profile is None:
                raise LinkError(code="link-not-a-probe", retryable=False, address=self.name)
            await self._use(client, profile)
        except BaseException:
            await self.close()
            raise

    async def _connect(self, *, cached: bool) -> BleakClient:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                device = self._device = self._device or await self._find()
                client = self._client = self._new_client(device, cached=cached)
                await client.connect()
        except LinkError:
            raise
        except STACK_ERRORS as error:
            raise link_error(error, self.name) from None
        self._on_event(ProbeEvent.LINKED)
        return client

    async def _find(self) -> BLEDevice:
        """bleak would look for it too, but its scan cannot be cancelled without harm; see `Scanner.stop`."""
        device = await Scanner(self._radio, _now).hear(self._address, CONNECT_SECONDS)
        if device is None:
            raise LinkNotFound(address=self.name)
        return device

    def _new_client(self, device: BLEDevice, *, cached: bool) -> BleakClient:
        def on_disconnected(of: BleakClient) -> None:
            if of is self._client:
                self._inbox.lose()

        return BleakClient(
            device,
            disconnected_callback=on_disconnected,
            timeout=CONNECT_SECONDS,
            winrt=WinRTClientArgs(use_cached_services=cached),
            backend=self._radio.client_backend,
        )

    async def _use(self, client: BleakClient, profile: ProbeProfile) -> None:
        self._on_event(ProbeEvent.RECOGNISED)
        notify = characteristic_of(client.services, profile, profile.notify)
        write_to = characteristic_of(client.services, profile, profile.write)
        assert notify is not None
        assert write_to is not None
        await subscribe(client, notify, self._inbox.put, self._on_event, self.name)
        self.profile, self._writer = profile, PacedWriter(client, write_to, profile, self._backlog)
        await self._watch_led(client, profile)
        if self.lost.is_set():
            raise LinkError("lost at once", code="link-taken", address=self.name)
        self._on_event(ProbeEvent.SUBSCRIBED)

    async def _watch_led(self, client: BleakClient, profile: ProbeProfile) -> None:
        """A probe that does not report its LED after all is still usable."""
        found = None if profile.led is None else characteristic_of(client.services, profile, profile.led.characteristic)
        if found is None:
            return
        with contextlib.suppress(*STACK_ERRORS):
            async with asyncio.timeout(GATT_SECONDS):
                self._on_led_value(found, await client.read_gatt_char(found))
                if "notify" in found.properties:
                    await client.start_notify(found, self._on_led_value)

    # ── octets ──

    async def write(self, data: bytes) -> None:
        """See `Link`."""
        async with self._writing:
            if self._writer is None or self._client is None or self.lost.is_set():
                raise LinkLost("not connected")
            try:
                await self._writer.write(data)
            except STACK_ERRORS as error:
                raise LinkLost(str(error)) from None

    async def read(self, timeout: float) -> bytes:
        """See `Link`."""
        return await self._inbox.read(timeout)

    async def set_baud(self, baud: int) -> None:
        """See `Link`. Raises LinkError `link-baud` where the probe does not answer the command for it."""
        await asyncio.sleep(self._backlog.seconds_until_empty(_now()))
        if self.profile is not None and self.profile.baud is not None:
            await self._command_baud(baud, self.profile.baud)
        self._backlog.set_baud(baud)

    async def keep_alive(self) -> None:
        """Reads the characteristic that the profile names, unless a write is under way."""
        keep_alive = None if self.profile is None else self.profile.keep_alive
        if keep_alive is None or self.profile is None or self._client is None or self._writing.locked():
            return
        with contextlib.suppress(*STACK_ERRORS):
            async with asyncio.timeout(GATT_SECONDS):
                if found := characteristic_of(self._client.services, self.profile, keep_alive.characteristic):
                    await self._client.read_gatt_char(found)

    async def _command_baud(self, baud: int, how: BaudCommand) -> None:
        """Sent among the octets for the meter; the probe does not pass it on."""
        await self.write(how.command.format(baud=baud).encode("ascii"))
        answer, heard = how.answer.format(baud=baud).encode("ascii"), b""
        deadline = _now() + BAUD_SECONDS
        while answer not in heard:
            heard += await self.read(max(0.0, deadline - _now()))
            if answer not in heard and _now() >= deadline:
                raise LinkError("no answer to the baud command", code="link-baud", address=self.name)
        self._inbox.put_back(heard.replace(answer, b"", 1))

    def _on_led_value(self, _sender: BleakGATTCharacteristic, data: bytearray) -> None:
        led = None if self.profile is None else self.profile.led
        if led is not None and data:
            colours: dict[int, Led] = {led.red: "red", led.green: "green"}
            self.led = colours.get(data[0])
            self._on_led()

    # ── closing ──

    async def close(self) -> None:
        """See `Link`. Waits for a write under way, but not for long."""
        client, self._client = self._client, None
        if client is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS), self._writing:
                self._writer = None
        self._inbox.lose()
        await self._disconnect(client)

    async def _disconnect(self, client: BleakClient) -> None:
        """Some systems do not wait for the end of the connection, and some never answer."""
        with contextlib.suppress(*STACK_ERRORS):
            async with asyncio.timeout(CLOSE_SECONDS):
                await client.disconnect()


def _now() -> float:
    return asyncio.get_running_loop().time()
