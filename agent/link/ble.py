"""A probe over Bluetooth LE, by bleak."""

import asyncio
import contextlib
from collections import deque

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import BleakError

from agent.domain.errors import LinkError, LinkLost
from agent.link.address import BleAddress
from agent.link.profile import ProbeProfile, profile_for
from agent.link.radio import Radio, link_error

CONNECT_SECONDS = 15.0
WRITE_SECONDS = 5.0
CLOSE_SECONDS = 3.0
GATT_VALUE_OCTETS = 512
UNREAD_OCTETS_KEPT = 1 << 20


class BleLink:
    """See `Link`. Each object connects once: a new attempt is a new object, with a new bleak client."""

    def __init__(self, address: BleAddress, radio: Radio, name: str | None = None) -> None:
        self._address = address.address
        self._name = name
        self._client = BleakClient(
            self._address,
            disconnected_callback=self._on_disconnected,
            timeout=CONNECT_SECONDS,
            backend=radio.client_backend,
        )
        self._write_to: BleakGATTCharacteristic | None = None
        self._profile: ProbeProfile | None = None
        self._received: deque[bytes] = deque()
        self._unread = 0
        self._woken = asyncio.Event()
        self.lost = asyncio.Event()

    @property
    def name(self) -> str:
        return self._name or self._address

    async def open(self) -> None:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._client.connect()
                await self._subscribe()
        except LinkError:
            await self.close()
            raise
        except (BleakError, OSError, TimeoutError) as error:
            await self.close()
            raise link_error(error, self._address) from None

    async def write(self, data: bytes) -> None:
        if self._write_to is None or self._profile is None or self.lost.is_set():
            raise LinkLost("not connected")
        try:
            async with asyncio.timeout(WRITE_SECONDS):
                await self._write_pieces(data, self._write_to, self._profile)
        except (BleakError, OSError, TimeoutError) as error:
            raise LinkLost(str(error)) from None

    async def read(self, timeout: float) -> bytes:
        if not self._received:
            if self.lost.is_set():
                raise LinkLost("disconnected")
            self._woken.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await self._woken.wait()
        if not self._received and self.lost.is_set():
            raise LinkLost("disconnected")
        data = b"".join(self._received)
        self._received.clear()
        self._unread = 0
        return data

    async def set_baud(self, baud: int) -> None:
        """This profile's probes follow the sign-on by themselves."""

    async def close(self) -> None:
        self._write_to = None
        with contextlib.suppress(BleakError, OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._client.disconnect()

    async def _subscribe(self) -> None:
        services = {service.uuid.lower() for service in self._client.services}
        profile = profile_for(services)
        write_to = None if profile is None else self._client.services.get_characteristic(profile.write)
        if profile is None or write_to is None:
            raise LinkError(code="link-not-a-probe", retryable=False, address=self.name)
        await self._client.start_notify(profile.notify, self._on_notification)
        self._profile, self._write_to = profile, write_to

    async def _write_pieces(self, data: bytes, to: BleakGATTCharacteristic, profile: ProbeProfile) -> None:
        """The size is asked for at each write: some stacks tell a small one at first."""
        while data:
            size = min(to.max_write_without_response_size, GATT_VALUE_OCTETS, profile.cap)
            await self._client.write_gatt_char(to, data[:size], response=profile.with_response)
            data = data[size:]

    def _on_notification(self, _sender: BleakGATTCharacteristic, data: bytearray) -> None:
        if self._unread + len(data) <= UNREAD_OCTETS_KEPT:
            self._received.append(bytes(data))
            self._unread += len(data)
        self._woken.set()

    def _on_disconnected(self, _client: BleakClient) -> None:
        self.lost.set()
        self._woken.set()
