"""The Bird on a virtual radio: a Bluetooth peripheral with Nordic's UART service, plugged into a meter."""

import asyncio
import contextlib
import itertools
from random import Random
from typing import Any

from bumble import data_types
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.hci import Address
from bumble.link import LocalLink

from agent.dlms import ServerSettings
from agent.link.profile import ProbeProfile, probe_profiles
from agent.link.radio import Radio
from agent.simulator.bumble_backend import make_backends
from agent.simulator.controller import RadioController
from agent.simulator.line import FAST, Line
from agent.simulator.meter import Meter
from agent.simulator.session import Session, new_session

GATT_VALUE_OCTETS = 512
ADVERTISING_MS = 100
DEFAULT_SETTINGS = ServerSettings(max_info=1024, window=7)
NORDIC_UART = next(profile for profile in probe_profiles() if profile.title == "Nordic UART")
_PROPERTIES, _PERMISSIONS = Characteristic.Properties, Characteristic.Permissions


class Bird:
    """Carries octets between whoever connects and the meter that it sits on. Made by `VirtualRadio.add_bird`.

    `silent` makes it swallow what comes; `device` None makes it an echo, for tests of the link alone.
    """

    def __init__(
        self,
        controller: RadioController,
        name: str,
        address: str,
        device: Meter | None,
        line: Line,
        settings: ServerSettings,
        mtu: int,
        profile: ProbeProfile | None,
    ) -> None:
        self.controller = controller
        self.name, self.address = name, address
        self.silent = False
        self._meter, self._line, self._settings = device, line, settings
        self._dice = Random(0)
        self._connection: Any = None
        self._session: Session | None = None
        self._incoming: asyncio.Queue[bytes] = asyncio.Queue()
        self._worker: asyncio.Task[None] | None = None
        self._notify: Any = None
        configuration = DeviceConfiguration(
            name=name,
            address=Address(address, Address.RANDOM_DEVICE_ADDRESS),
            advertising_interval_min=ADVERTISING_MS,
            advertising_interval_max=ADVERTISING_MS,
        )
        self._peripheral = Device.from_config_with_hci(configuration, controller, controller)
        self._peripheral.gatt_server.max_mtu = mtu
        self._peripheral.on("connection", self._on_connection)
        if profile is not None:
            self._add_serial_port(profile)
        self._advertise(name, profile)

    async def start(self) -> None:
        await self._peripheral.power_on()
        self._worker = asyncio.create_task(self._work())
        await self._peripheral.start_advertising(auto_restart=True)

    async def stop(self) -> None:
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.wait({self._worker})
        with contextlib.suppress(Exception):
            await self._peripheral.power_off()

    async def drop(self) -> None:
        """Ends the connection, as a Bird does that is pulled out."""
        if self._connection is not None:
            await self._connection.disconnect()

    def _add_serial_port(self, profile: ProbeProfile) -> None:
        writing = _PROPERTIES.WRITE | _PROPERTIES.WRITE_WITHOUT_RESPONSE
        write = Characteristic(
            profile.write, writing, _PERMISSIONS.WRITEABLE, CharacteristicValue(write=self._on_write)
        )
        self._notify = Characteristic(profile.notify, _PROPERTIES.NOTIFY, _PERMISSIONS.READABLE, b"")
        self._peripheral.add_service(Service(profile.service, [write, self._notify]))

    def _advertise(self, name: str, profile: ProbeProfile | None) -> None:
        """Flags and service in the advertisement, the name in the scan response: 31 octets each."""
        flags = AdvertisingData.Flags
        parts: list[Any] = [data_types.Flags(flags.LE_GENERAL_DISCOVERABLE_MODE | flags.BR_EDR_NOT_SUPPORTED)]
        if profile is not None:
            parts.append(data_types.IncompleteListOf128BitServiceUUIDs([UUID(profile.service)]))
        self._peripheral.advertising_data = bytes(AdvertisingData(parts))
        self._peripheral.scan_response_data = bytes(AdvertisingData([data_types.CompleteLocalName(name)]))

    def _on_connection(self, connection: Connection) -> None:
        self._connection = connection
        self._session = None if self._meter is None else new_session(self._settings, self._meter)
        while not self._incoming.empty():
            self._incoming.get_nowait()
        connection.on("disconnection", self._on_disconnection)

    def _on_disconnection(self, _reason: int) -> None:
        self._connection = None

    def _on_write(self, _connection: Connection, value: bytes) -> None:
        self._incoming.put_nowait(bytes(value))

    async def _work(self) -> None:
        while True:
            request = await self._incoming.get()
            if answer := self._answer(request):
                await self._line.turn_around(len(request))
                await self._send(answer)

    def _answer(self, request: bytes) -> bytes:
        if self.silent:
            return b""
        if self._session is None:
            return request
        self._session.receive(request, asyncio.get_running_loop().time())
        answer = self._session.data_to_send()
        return self._line.spoil(answer, self._dice) if answer else b""

    async def _send(self, answer: bytes) -> None:
        """In notifications as large as the connection takes, at the speed of the optical line."""
        connection = self._connection
        while answer and connection is not None and connection is self._connection:
            size = min(connection.att_mtu - 3, GATT_VALUE_OCTETS)
            piece, answer = answer[:size], answer[size:]
            await asyncio.sleep(self._line.seconds(len(piece)))
            with contextlib.suppress(Exception):  # the connection ended meanwhile: nobody hears it
                await self._peripheral.notify_subscriber(connection, self._notify, piece)


class VirtualRadio:
    """A room full of Birds, and bleak's backends that find them. Everything lives on one event loop."""

    def __init__(self) -> None:
        self._link = LocalLink()
        self._signals: dict[str, int] = {}
        self._numbers = itertools.count(1)
        self.birds: list[Bird] = []
        controller = RadioController("tablet", self._link, self._signals)
        configuration = DeviceConfiguration(name="tablet", address=Address.generate_static_address())
        self._tablet = Device.from_config_with_hci(configuration, controller, controller)
        client, scanner = make_backends(self._tablet)
        self.radio = Radio(client_backend=client, scanner_backend=scanner, simulated=True)

    @classmethod
    async def create(cls) -> "VirtualRadio":
        virtual = cls()
        await virtual._tablet.power_on()
        return virtual

    async def add_bird(
        self,
        *,
        name: str,
        address: str,
        device: Meter | None = None,
        line: Line = FAST,
        settings: ServerSettings = DEFAULT_SETTINGS,
        mtu: int = 247,
        signal: int = -50,
        profile: ProbeProfile | None = NORDIC_UART,
    ) -> Bird:
        """A Bird in range, advertising. `profile` None makes it a device that is no probe."""
        self._signals[address] = signal
        controller = RadioController(f"bird {next(self._numbers)}", self._link, self._signals)
        bird = Bird(controller, name, address, device, line, settings, mtu, profile)
        self.birds.append(bird)
        await bird.start()
        return bird

    async def close(self) -> None:
        for bird in self.birds:
            await bird.stop()
        with contextlib.suppress(Exception):
            await self._tablet.power_off()
