"""A probe over Bluetooth LE, by bleak."""

import asyncio
import contextlib
from collections.abc import Callable

from bleak import BleakClient
from bleak.args.winrt import WinRTClientArgs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.exc import BleakGATTProtocolError, BleakGATTProtocolErrorCode

from agent.domain.errors import LinkError, LinkLost, LinkNotFound
from agent.link.address import BleAddress
from agent.link.inbox import Inbox
from agent.link.link import Led
from agent.link.pacing import Backlog
from agent.link.profile import BaudCommand, ProbeProfile, characteristic_of, recognise
from agent.link.radio import Radio, link_error
from agent.link.scanner import Scanner
from agent.link.states import ProbeEvent

CONNECT_SECONDS = 15.0
PAIR_SECONDS = 30.0
GATT_SECONDS = 5.0
CLOSE_SECONDS = 3.0
BAUD_SECONDS = 2.0
GATT_VALUE_OCTETS = 512
_NEEDS_PAIRING = (
    BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION,
    BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHORIZATION,
    BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION,
    BleakGATTProtocolErrorCode.UNLIKELY_ERROR,
)
"""The last is what BlueZ says when it has tried to pair by itself, and could not."""
_STACK_ERRORS = (Exception,)
"""bleak's own errors, and whatever else comes through from below it: to us it is a way that did not work."""


class BleLink:
    """See `ProbeLink`. Each object connects once: a new attempt is a new object, with a new bleak client.

    `device` is what a scan has found, `cached` lets the operating system take the services from its memory; if they
    are no longer true, they are discovered. `on_event` is told how far the opening is, `on_led` of a new colour.
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
        self._write_to: BleakGATTCharacteristic | None = None
        self.profile: ProbeProfile | None = None
        self._backlog = Backlog()
        self._inbox = Inbox()
        self._writing = asyncio.Lock()
        self.led: Led | None = None

    @property
    def name(self) -> str:
        return self._name or self._address

    @property
    def lost(self) -> asyncio.Event:
        return self._inbox.lost

    @property
    def keep_alive_seconds(self) -> float | None:
        asked = None if self.profile is None else self.profile.keep_alive
        return None if asked is None else asked.seconds

    # ── opening ──

    async def open(self) -> None:
        try:
            client = await self._connect(cached=self._cached)
            profile = recognise(client.services, self._radio.profiles)
            if profile is None and self._cached:
                self._client = None  # its end is no loss
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
        except _STACK_ERRORS as error:
            raise link_error(error, self.name) from None
        self._on_event(ProbeEvent.LINKED)
        return client

    async def _find(self) -> BLEDevice:
        """bleak would look for it too, but its scan cannot be broken off without harm; see `Scanner.stop`."""
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
        """Subscribes, pairing first where the probe asks for it."""
        self._on_event(ProbeEvent.RECOGNISED)
        notify = characteristic_of(client.services, profile, profile.notify)
        write_to = characteristic_of(client.services, profile, profile.write)
        assert notify is not None
        assert write_to is not None
        try:
            if not await self._subscribe(client, notify):
                await self._pair(client)
                if not await self._subscribe(client, notify):
                    raise LinkError(code="link-pin-needed", retryable=False, address=self.name)
        except LinkError:
            raise
        except _STACK_ERRORS as error:
            raise LinkError(str(error), code="link-taken", address=self.name) from None
        self.profile, self._write_to = profile, write_to
        await self._watch_led(client, profile)
        if self.lost.is_set():
            raise LinkError("gone at once", code="link-taken", address=self.name)
        self._on_event(ProbeEvent.SUBSCRIBED)

    async def _subscribe(self, client: BleakClient, notify: BleakGATTCharacteristic) -> bool:
        """False if the probe wants to be paired first."""
        try:
            async with asyncio.timeout(GATT_SECONDS):
                await client.start_notify(notify, self._on_notification)
        except BleakGATTProtocolError as error:
            if error.code in _NEEDS_PAIRING:
                return False
            raise
        return True

    async def _pair(self, client: BleakClient) -> None:
        self._on_event(ProbeEvent.PAIR_ASKED)
        try:
            async with asyncio.timeout(PAIR_SECONDS):
                await client.pair()
        except _STACK_ERRORS as error:
            raise LinkError(str(error), code="link-pin-needed", retryable=False, address=self.name) from None
        self._on_event(ProbeEvent.PAIRED)

    async def _watch_led(self, client: BleakClient, profile: ProbeProfile) -> None:
        """A probe that does not tell its LED after all is a good probe all the same."""
        found = None if profile.led is None else characteristic_of(client.services, profile, profile.led.characteristic)
        if found is None:
            return
        with contextlib.suppress(*_STACK_ERRORS):
            async with asyncio.timeout(GATT_SECONDS):
                self._on_led_value(found, await client.read_gatt_char(found))
                if "notify" in found.properties:
                    await client.start_notify(found, self._on_led_value)

    # ── octets ──

    async def write(self, data: bytes) -> None:
        async with self._writing:
            if self._write_to is None or self.profile is None or self._client is None or self.lost.is_set():
                raise LinkLost("not connected")
            try:
                await self._write_pieces(data, self._client, self._write_to, self.profile)
            except _STACK_ERRORS as error:
                raise LinkLost(str(error)) from None

    async def read(self, timeout: float) -> bytes:
        return await self._inbox.read(timeout)

    async def set_baud(self, baud: int) -> None:
        await asyncio.sleep(self._backlog.seconds_until_empty(_now()))
        if self.profile is not None and self.profile.baud is not None:
            await self._tell_baud(baud, self.profile.baud)
        self._backlog.set_baud(baud)

    async def keep_alive(self) -> None:
        asked = None if self.profile is None else self.profile.keep_alive
        if asked is None or self.profile is None or self._client is None or self._writing.locked():
            return
        with contextlib.suppress(*_STACK_ERRORS):
            async with asyncio.timeout(GATT_SECONDS):
                if found := characteristic_of(self._client.services, self.profile, asked.characteristic):
                    await self._client.read_gatt_char(found)

    async def _write_pieces(
        self, data: bytes, client: BleakClient, to: BleakGATTCharacteristic, profile: ProbeProfile
    ) -> None:
        """The size is asked for at each write: some stacks tell a small one at first."""
        with_response = profile.write_mode == "with-response" or "write-without-response" not in to.properties
        with_response = with_response and "write" in to.properties
        while data:
            size = min(to.max_write_without_response_size, GATT_VALUE_OCTETS, profile.cap)
            piece, data = data[:size], data[size:]
            if profile.flow == "paced":
                await asyncio.sleep(self._backlog.seconds_until_room(len(piece), profile.buffer, _now()))
            async with asyncio.timeout(GATT_SECONDS):
                await client.write_gatt_char(to, piece, response=with_response)
            self._backlog.add(len(piece), _now())

    async def _tell_baud(self, baud: int, how: BaudCommand) -> None:
        """In the middle of the octets for the meter; the probe keeps what is meant for itself."""
        await self.write(how.command.format(baud=baud).encode("ascii"))
        answer, heard = how.answer.format(baud=baud).encode("ascii"), b""
        deadline = _now() + BAUD_SECONDS
        while answer not in heard:
            heard += await self.read(max(0.0, deadline - _now()))
            if answer not in heard and _now() >= deadline:
                raise LinkError("no answer to the baud command", code="link-baud", address=self.name)
        self._inbox.put_back(heard.replace(answer, b"", 1))

    def _on_notification(self, _sender: BleakGATTCharacteristic, data: bytearray) -> None:
        self._inbox.put(data)

    def _on_led_value(self, _sender: BleakGATTCharacteristic, data: bytearray) -> None:
        led = None if self.profile is None else self.profile.led
        if led is not None and data:
            colours: dict[int, Led] = {led.red: "red", led.green: "green"}
            self.led = colours.get(data[0])
            self._on_led()

    # ── closing ──

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS), self._writing:
                self._write_to = None
        self._inbox.lose()
        await self._disconnect(client)

    async def _disconnect(self, client: BleakClient) -> None:
        """Its end is asked for; some systems do not wait for it, and some never answer."""
        with contextlib.suppress(*_STACK_ERRORS):
            async with asyncio.timeout(CLOSE_SECONDS):
                await client.disconnect()


def _now() -> float:
    return asyncio.get_running_loop().time()
