"""The Bird: a Bluetooth peripheral with a serial port, plugged into a simulated meter."""

import asyncio
import contextlib
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from bumble import data_types
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import (
    GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
    Characteristic,
    CharacteristicValue,
    Descriptor,
    Service,
)
from bumble.hci import Address
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate

from agent.dlms import ServerSettings
from agent.link.profile import ProbeProfile, probe_profiles
from agent.simulator.controller import RadioController
from agent.simulator.line import FAST, OpticalLine
from agent.simulator.meter import SimulatedMeter
from agent.simulator.optics import Optics
from agent.simulator.session import SignOn, new_session

GATT_VALUE_OCTETS = 512
ADVERTISING_MS = 100
_COARSE_SECONDS = 0.05
DEFAULT_SETTINGS = ServerSettings(max_info=1024, window=7)
NORDIC_UART = next(profile for profile in probe_profiles() if profile.title == "Nordic UART")
_BASE_UUID = "-0000-1000-8000-00805f9b34fb"
_PROPERTIES, _PERMISSIONS = Characteristic.Properties, Characteristic.Permissions
_TO_BE_ENCRYPTED = _PERMISSIONS.READABLE | _PERMISSIONS.WRITEABLE | _PERMISSIONS.WRITE_REQUIRES_ENCRYPTION
_TO_BE_AUTHENTICATED = _TO_BE_ENCRYPTED | _PERMISSIONS.WRITE_REQUIRES_AUTHENTICATION

Pairing = Literal["none", "just-works", "pin"]


@dataclass(frozen=True)
class BirdSettings:
    """What kind of Bird it is. `device` None is an echo, for tests of the link alone; `profile` None is no probe.

    `pairing`: whether it has to be paired before it says anything, and whether that takes a PIN.
    """

    name: str
    address: str
    device: SimulatedMeter | None = None
    line: OpticalLine = FAST
    settings: ServerSettings = DEFAULT_SETTINGS
    sign_on: SignOn = "none"
    mtu: int = 247
    profile: ProbeProfile | None = NORDIC_UART
    pairing: Pairing = "none"
    advertising_ms: int = ADVERTISING_MS


class _AsksForPin(PairingDelegate):  # type: ignore[misc]
    """Has a PIN on its label, and pairs with nobody who cannot enter it: no tablet of ours can."""

    def __init__(self) -> None:
        super().__init__(PairingDelegate.DISPLAY_OUTPUT_ONLY)

    async def accept(self) -> bool:
        return False


@dataclass(frozen=True)
class _Answer:
    octets: bytes
    is_from_meter: bool


class _Pace:
    """Keeps to the average speed of a line, however coarse the sleeps are."""

    def __init__(self) -> None:
        self._free_at = 0.0

    async def spend(self, seconds: float) -> None:
        now = asyncio.get_running_loop().time()
        is_late = now - self._free_at < _COARSE_SECONDS
        self._free_at = (self._free_at if is_late else now) + seconds
        if self._free_at > now:
            await asyncio.sleep(self._free_at - now)


class Bird:
    """Carries octets between whoever connects and the meter that it sits on. Made by `VirtualAir.add_bird`.

    Its faults can be set at any time: `silent` swallows what comes, `mute_after` stops notifying after so many octets,
    `slow` waits so many seconds before each answer, `hangs_up` ends every connection at once.
    `told_octets` counts what it has notified.
    """

    def __init__(self, controller: RadioController, kind: BirdSettings) -> None:
        self.controller = controller
        self.name, self.address = kind.name, kind.address
        self.silent = self.hangs_up = False
        self.mute_after: int | None = None
        self.told_octets = 0
        self.slow = 0.0
        self.line = kind.line
        self._kind = kind
        self._dice = Random(0)
        self._connection: Any = None
        self._optics = self._new_optics()
        self._incoming: asyncio.Queue[bytes] = asyncio.Queue()
        self._outgoing: asyncio.Queue[_Answer] = asyncio.Queue()
        self._waiting_octets = 0
        self._workers: list[asyncio.Task[None]] = []
        self._notify: Any = None
        self._peripheral = self._new_peripheral()
        if kind.profile is not None:
            self._add_serial_port(kind.profile)
        self._advertise(kind.name, kind.profile)

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    @property
    def is_encrypted(self) -> bool:
        return self._connection is not None and bool(self._connection.is_encrypted)

    @property
    def subscribers(self) -> int:
        """How many hear its notifications now."""
        told = self._peripheral.gatt_server.subscribers.values()
        return sum(self._notify.handle in handles for handles in told)

    async def start(self) -> None:
        await self._peripheral.power_on()
        self._workers = [asyncio.create_task(self._pass_in()), asyncio.create_task(self._pass_out())]
        await self._peripheral.start_advertising(auto_restart=True)

    async def stop(self) -> None:
        for worker in self._workers:
            worker.cancel()
        if self._workers:
            await asyncio.wait(self._workers)
        with contextlib.suppress(Exception):
            await self._peripheral.power_off()

    async def drop(self) -> None:
        """Ends the connection, as a Bird does that is pulled out."""
        if self._connection is not None:
            await self._connection.disconnect()

    # ── as a Bluetooth device ──

    def _new_peripheral(self) -> Any:
        configuration = DeviceConfiguration(
            name=self.name,
            address=Address(self.address, Address.RANDOM_DEVICE_ADDRESS),
            advertising_interval_min=self._kind.advertising_ms,
            advertising_interval_max=self._kind.advertising_ms,
        )
        peripheral = Device.from_config_with_hci(configuration, self.controller, self.controller)
        peripheral.gatt_server.max_mtu = self._kind.mtu
        peripheral.keystore = MemoryKeyStore()
        needs_pin = self._kind.pairing == "pin"
        delegate = _AsksForPin() if needs_pin else PairingDelegate(PairingDelegate.NO_OUTPUT_NO_INPUT)
        peripheral.pairing_config_factory = lambda _: PairingConfig(mitm=needs_pin, delegate=delegate)
        peripheral.on("connection", self._on_connection)
        return peripheral

    def _add_serial_port(self, profile: ProbeProfile) -> None:
        write_properties = _PROPERTIES.WRITE | _PROPERTIES.WRITE_WITHOUT_RESPONSE
        on_write = CharacteristicValue(write=self._on_write)
        if profile.write == profile.notify:
            properties = _PROPERTIES.WRITE_WITHOUT_RESPONSE | _PROPERTIES.NOTIFY
            self._notify = Characteristic(profile.notify, properties, _PERMISSIONS.WRITEABLE, on_write)
            characteristics = [self._notify]
        else:
            write = Characteristic(profile.write, write_properties, _PERMISSIONS.WRITEABLE, on_write)
            self._notify = Characteristic(profile.notify, _PROPERTIES.NOTIFY, _PERMISSIONS.READABLE, b"")
            characteristics = [write, self._notify]
        if self._kind.pairing != "none":
            self._notify.descriptors = [self._protected(self._notify)]
        if profile.led is not None:
            reading = CharacteristicValue(read=lambda _: bytes((self._led_octet(),)))
            readable = _PROPERTIES.READ | _PROPERTIES.NOTIFY
            led = Characteristic(profile.led.characteristic, readable, _PERMISSIONS.READABLE, reading)
            characteristics.append(led)
        self._peripheral.add_service(Service(profile.service, characteristics))

    def _protected(self, characteristic: Any) -> Any:
        """The subscription to it, which takes being paired."""
        permissions = _TO_BE_AUTHENTICATED if self._kind.pairing == "pin" else _TO_BE_ENCRYPTED
        value = self._peripheral.gatt_server.make_descriptor_value(characteristic)
        return Descriptor(GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR, permissions, value)

    def _led_octet(self) -> int:
        assert self._kind.profile is not None
        assert self._kind.profile.led is not None
        return self._kind.profile.led.green if self.is_connected else self._kind.profile.led.red

    def _advertise(self, name: str, profile: ProbeProfile | None) -> None:
        """Flags and service in the advertisement, the name in the scan response: 31 octets each."""
        flags = AdvertisingData.Flags
        parts: list[Any] = [data_types.Flags(flags.LE_GENERAL_DISCOVERABLE_MODE | flags.BR_EDR_NOT_SUPPORTED)]
        if profile is not None:
            parts.append(_service_list(profile.service))
        self._peripheral.advertising_data = bytes(AdvertisingData(parts))
        self._peripheral.scan_response_data = bytes(AdvertisingData([data_types.CompleteLocalName(name)]))

    def _on_connection(self, connection: Connection) -> None:
        self._connection = connection
        self._optics = self._new_optics()
        self._waiting_octets = 0
        for queue in (self._incoming, self._outgoing):
            while not queue.empty():
                queue.get_nowait()
        connection.on("disconnection", self._on_disconnection)
        connection.on("connection_att_mtu_update", self._on_first_word)

    def _on_first_word(self) -> None:
        if self.hangs_up:
            self._hanging_up = asyncio.create_task(self.drop())

    def _on_disconnection(self, _reason: int) -> None:
        self._connection = None

    def _on_write(self, _connection: Connection, value: bytes) -> None:
        """What does not fit its buffer is forgotten, as real modules do; a profile claims half of what is there."""
        profile = self._kind.profile
        is_small = profile is not None and profile.flow == "paced"
        room = 2 * profile.buffer - self._waiting_octets if profile is not None and is_small else len(value)
        kept = bytes(value)[: max(0, room)]
        self._waiting_octets += len(kept)
        self._incoming.put_nowait(kept)

    # ── between radio and meter ──

    def _new_optics(self) -> Optics:
        device, profile = self._kind.device, self._kind.profile
        session = None if device is None else new_session(self._kind.settings, device, self._kind.sign_on)
        return Optics(session, None if profile is None else profile.baud)

    async def _pass_in(self) -> None:
        """What comes by radio goes out on the optical line, at its speed; what the meter answers waits its turn."""
        pace = _Pace()
        while True:
            request = await self._incoming.get()
            await pace.spend(self.line.seconds(len(request), self._optics.baud))
            self._waiting_octets -= len(request)
            own, answer = self._optics.take(request, asyncio.get_running_loop().time())
            if own:
                self._outgoing.put_nowait(_Answer(own, is_from_meter=False))
            if answer and not self.silent:
                self._outgoing.put_nowait(_Answer(self.line.spoil(answer, self._dice), is_from_meter=True))

    async def _pass_out(self) -> None:
        """In notifications as large as the connection takes."""
        while True:
            answer = await self._outgoing.get()
            if answer.is_from_meter:
                await asyncio.sleep(self.line.pause + self.slow)
            await self._send(answer.octets, is_paced=answer.is_from_meter)

    async def _send(self, octets: bytes, *, is_paced: bool) -> None:
        connection, pace = self._connection, _Pace()
        while octets and connection is not None and connection is self._connection:
            size = min(connection.att_mtu - 3, GATT_VALUE_OCTETS)
            piece, octets = octets[:size], octets[size:]
            if is_paced:
                await pace.spend(self.line.seconds(len(piece), self._optics.baud))
            if self._is_mute(len(piece)):
                return
            self.told_octets += len(piece)
            with contextlib.suppress(Exception):  # the connection ended meanwhile: nobody hears it
                await self._peripheral.notify_subscriber(connection, self._notify, piece)

    def _is_mute(self, octets: int) -> bool:
        if self.mute_after is not None:
            self.mute_after -= octets
        return self.mute_after is not None and self.mute_after < 0


def _service_list(service: str) -> Any:
    short = service.endswith(_BASE_UUID) and service.startswith("0000")
    if short:
        return data_types.IncompleteListOf16BitServiceUUIDs([UUID.from_16_bits(int(service[4:8], 16))])
    return data_types.IncompleteListOf128BitServiceUUIDs([UUID(service)])
