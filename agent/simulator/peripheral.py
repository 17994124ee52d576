"""The Bluetooth side of a Bird: it advertises, takes a connection, and offers a serial port over GATT."""

import contextlib
from collections.abc import Callable
from typing import Any

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

from agent.link.profile import ProbeProfile
from agent.simulator.bird_settings import BirdSettings
from agent.simulator.controller import RadioController

_BASE_UUID = "-0000-1000-8000-00805f9b34fb"
_PROPERTIES, _PERMISSIONS = Characteristic.Properties, Characteristic.Permissions
_ENCRYPTED = _PERMISSIONS.READABLE | _PERMISSIONS.WRITEABLE | _PERMISSIONS.WRITE_REQUIRES_ENCRYPTION
_AUTHENTICATED = _ENCRYPTED | _PERMISSIONS.WRITE_REQUIRES_AUTHENTICATION


class _PinOnLabel(PairingDelegate):  # type: ignore[misc]
    """Has a PIN on its label, and refuses whoever cannot enter it: no tablet of ours can."""

    def __init__(self) -> None:
        super().__init__(PairingDelegate.DISPLAY_OUTPUT_ONLY)

    async def accept(self) -> bool:
        """Never."""
        return False


class BirdPeripheral:
    """`on_connection` is called with each new connection, `on_write` with the octets of each write.

    `connection` is Bumble's, None while nobody is connected.
    """

    def __init__(
        self,
        controller: RadioController,
        kind: BirdSettings,
        on_connection: Callable[[Any], None],
        on_write: Callable[[bytes], None],
    ) -> None:
        self._kind = kind
        self._on_connection, self._on_write = on_connection, on_write
        self.connection: Any = None
        self._notify: Any = None
        self._device = self._new_device(controller)
        if kind.profile is not None:
            self._add_serial_port(kind.profile)
        self._set_advertisement()

    @property
    def is_encrypted(self) -> bool:
        """Whether the present connection is."""
        return self.connection is not None and bool(self.connection.is_encrypted)

    @property
    def subscribers(self) -> int:
        """How many clients are subscribed to its notifications now."""
        subscriptions = self._device.gatt_server.subscribers.values()
        return sum(self._notify.handle in handles for handles in subscriptions)

    async def start(self) -> None:
        """Switches it on: it advertises from now on, except while connected."""
        await self._device.power_on()
        await self._device.start_advertising(auto_restart=True)

    async def stop(self) -> None:
        """Switches it off."""
        with contextlib.suppress(Exception):
            await self._device.power_off()

    async def disconnect(self) -> None:
        """Ends the connection, if there is one."""
        if self.connection is not None:
            await self.connection.disconnect()

    async def notify(self, connection: Any, octets: bytes) -> None:
        """Sends one notification; lost if the connection has ended meanwhile."""
        with contextlib.suppress(Exception):
            await self._device.notify_subscriber(connection, self._notify, octets)

    def _new_device(self, controller: RadioController) -> Any:
        configuration = DeviceConfiguration(
            name=self._kind.name,
            address=Address(self._kind.address, Address.RANDOM_DEVICE_ADDRESS),
            advertising_interval_min=self._kind.advertising_ms,
            advertising_interval_max=self._kind.advertising_ms,
        )
        device = Device.from_config_with_hci(configuration, controller, controller)
        device.gatt_server.max_mtu = self._kind.mtu
        device.keystore = MemoryKeyStore()
        needs_pin = self._kind.pairing == "pin"
        delegate = _PinOnLabel() if needs_pin else PairingDelegate(PairingDelegate.NO_OUTPUT_NO_INPUT)
        device.pairing_config_factory = lambda _: PairingConfig(mitm=needs_pin, delegate=delegate)
        device.on("connection", self._on_connected)
        return device

    def _add_serial_port(self, profile: ProbeProfile) -> None:
        write_properties = _PROPERTIES.WRITE | _PROPERTIES.WRITE_WITHOUT_RESPONSE
        on_write = CharacteristicValue(write=lambda _, value: self._on_write(bytes(value)))
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
        self._device.add_service(Service(profile.service, characteristics))

    def _protected(self, characteristic: Any) -> Any:
        """The descriptor to subscribe to it, which only a paired client may write."""
        permissions = _AUTHENTICATED if self._kind.pairing == "pin" else _ENCRYPTED
        value = self._device.gatt_server.make_descriptor_value(characteristic)
        return Descriptor(GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR, permissions, value)

    def _led_octet(self) -> int:
        assert self._kind.profile is not None
        assert self._kind.profile.led is not None
        return self._kind.profile.led.green if self.connection is not None else self._kind.profile.led.red

    def _set_advertisement(self) -> None:
        """Flags and service in the advertisement, the name in the scan response: 31 octets each."""
        flags = AdvertisingData.Flags
        parts: list[Any] = [data_types.Flags(flags.LE_GENERAL_DISCOVERABLE_MODE | flags.BR_EDR_NOT_SUPPORTED)]
        if self._kind.profile is not None:
            parts.append(_service_list(self._kind.profile.service))
        self._device.advertising_data = bytes(AdvertisingData(parts))
        self._device.scan_response_data = bytes(AdvertisingData([data_types.CompleteLocalName(self._kind.name)]))

    def _on_connected(self, connection: Connection) -> None:
        self.connection = connection
        self._on_connection(connection)
        connection.on("disconnection", self._on_disconnected)

    def _on_disconnected(self, _reason: int) -> None:
        self.connection = None


def _service_list(service: str) -> Any:
    short = service.endswith(_BASE_UUID) and service.startswith("0000")
    if short:
        return data_types.IncompleteListOf16BitServiceUUIDs([UUID.from_16_bits(int(service[4:8], 16))])
    return data_types.IncompleteListOf128BitServiceUUIDs([UUID(service)])
