"""bleak's client and scanner over Bumble's host stack: the real bleak API on a virtual radio, on any system."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bleak.uuids import normalize_uuid_str
from bumble import att, core, hci
from bumble.core import AdvertisingData
from bumble.device import Device, Peer

ASKED_MTU = 517
_LOCAL_NAMES = (AdvertisingData.COMPLETE_LOCAL_NAME, AdvertisingData.SHORTENED_LOCAL_NAME)
_SERVICES_16 = (
    AdvertisingData.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
)
_SERVICES_128 = (
    AdvertisingData.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
)


def make_backends(tablet: Device) -> tuple[type[BaseBleakClient], type[BaseBleakScanner]]:
    """Backend classes for bleak, bound to this Bumble device as the tablet's radio."""
    bound = {"tablet": tablet}
    return type("BumbleClient", (_Client,), bound), type("BumbleScanner", (_Scanner,), bound)


def _text(uuid: Any) -> str:
    return normalize_uuid_str(uuid.to_hex_str("-").lower())


@dataclass
class _Heard:
    """What a device has told in its advertisements and scan responses."""

    name: str | None = None
    services: list[str] = field(default_factory=list)

    def take(self, data: Any) -> None:
        """Adds what another advertisement or scan response tells."""
        for kind, value in data.ad_structures:
            if kind in _LOCAL_NAMES:
                self.name = value.decode("utf-8", "replace")
            elif kind in _SERVICES_16 + _SERVICES_128:
                size = 2 if kind in _SERVICES_16 else 16
                found = [_text(core.UUID.from_bytes(value[at : at + size])) for at in range(0, len(value), size)]
                self.services += [uuid for uuid in found if uuid not in self.services]


class _Scanner(BaseBleakScanner):
    tablet: Any

    def __init__(
        self, detection_callback: Any, service_uuids: list[str] | None, scanning_mode: str = "active", **_: Any
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._active = scanning_mode == "active"
        self._heard: dict[str, _Heard] = {}

    async def start(self) -> None:
        self.seen_devices = {}
        self._heard = {}
        self.tablet.on("advertisement", self._on_advertisement)
        await self.tablet.start_scanning(legacy=True, active=self._active, filter_duplicates=False)

    async def stop(self) -> None:
        self.tablet.remove_listener("advertisement", self._on_advertisement)
        if self.tablet.scanning:
            await self.tablet.stop_scanning(legacy=True)

    def _on_advertisement(self, advertisement: Any) -> None:
        address = advertisement.address.to_string(False)
        heard = self._heard.setdefault(address, _Heard())
        heard.take(advertisement.data)
        services = list(heard.services)
        content = AdvertisementData(heard.name, {}, {}, services, None, advertisement.rssi, (advertisement,))
        device = self.create_or_update_device(address, address, heard.name, advertisement.address, content)
        if self.is_allowed_uuid(content.service_uuids):
            self.call_detection_callbacks(device, content)


class _Client(BaseBleakClient):
    tablet: Any

    def __init__(
        self, address_or_ble_device: BLEDevice | str, services: set[str] | None = None, **options: Any
    ) -> None:
        callback: Callable[[], None] | None = options.get("disconnected_callback")
        super().__init__(address_or_ble_device, disconnected_callback=callback, timeout=options.get("timeout", 30.0))
        self._wanted = services
        self._connection: Any = None
        self._peer: Any = None
        self._subscriptions: dict[int, Callable[[Any], None]] = {}

    @property
    def name(self) -> str:
        return self.address

    @property
    def mtu_size(self) -> int:
        return int(self._connection.att_mtu) if self._connection else 23

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    async def connect(self, pair: bool, **_: Any) -> None:
        address = hci.Address(self.address, hci.Address.RANDOM_DEVICE_ADDRESS)
        try:
            async with asyncio.timeout(self._timeout):
                await self._connect(address, pair)
        except (core.ConnectionError, TimeoutError) as error:
            await self.disconnect()
            raise BleakDeviceNotFoundError(self.address, f"{self.address} was not found") from error
        except asyncio.CancelledError as error:
            await self.disconnect()
            if _is_cancelled():
                raise
            raise BleakError("failed to discover services, device disconnected") from error
        except BaseException:
            await self.disconnect()
            raise

    async def disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(core.BaseBumbleError):  # out of range, the other side hears nothing
                await connection.disconnect()

    async def pair(self, *_: Any, **__: Any) -> None:
        async with self._errors():
            await self._connection.pair()

    async def unpair(self) -> None:
        if self.tablet.keystore:
            await self.tablet.keystore.delete(self.address)

    async def read_gatt_char(self, characteristic: BleakGATTCharacteristic, **_: Any) -> bytearray:
        async with self._errors():
            return bytearray(await characteristic.obj.read_value())

    async def read_gatt_descriptor(self, descriptor: BleakGATTDescriptor, **_: Any) -> bytearray:
        async with self._errors():
            return bytearray(await descriptor.obj.read_value())

    async def write_gatt_char(self, characteristic: BleakGATTCharacteristic, data: Any, response: bool) -> None:
        octets = bytes(data)
        if not response and len(octets) > self.mtu_size - 3:
            raise BleakError(f"{len(octets)} octets do not fit a write without response")  # real stacks lose octets
        async with self._errors():
            await self._peer.gatt_client.write_value(characteristic.obj, octets, with_response=response)

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: Any) -> None:
        async with self._errors():
            await descriptor.obj.write_value(bytes(data), with_response=True)

    async def start_notify(self, characteristic: BleakGATTCharacteristic, callback: Any, **_: Any) -> None:
        def on_value(value: bytes) -> None:
            callback(bytearray(value))

        async with self._errors():
            try:
                await characteristic.obj.subscribe(on_value)
            except att.ATT_Error:
                client = self._peer.gatt_client
                for heard in (client.notification_subscribers, client.indication_subscribers):
                    heard.pop(characteristic.handle, None)
                raise
        self._subscriptions[characteristic.handle] = on_value

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        on_value = self._subscriptions.pop(characteristic.handle, None)
        async with self._errors():
            await characteristic.obj.unsubscribe(on_value)

    async def _connect(self, address: Any, pair: bool) -> None:
        own_address = hci.OwnAddressType.RANDOM
        try:
            connection = await self.tablet.connect(address, own_address_type=own_address, timeout=None)
        except asyncio.CancelledError:
            await asyncio.shield(self._give_up(address))
            raise
        self._connection = connection
        connection.on("disconnection", self._on_disconnection)
        self._peer = Peer(connection)
        if await self.tablet.keystore.get(self.address) is not None:
            await connection.encrypt()
        elif pair:
            await connection.pair()
        await self._peer.request_mtu(ASKED_MTU)
        self.services = await self._discover()

    async def _give_up(self, address: Any) -> None:
        """Cancels the attempt; a connection made at the same moment has no owner, and is ended."""
        with contextlib.suppress(core.BaseBumbleError):
            await self.tablet.send_sync_command(hci.HCI_LE_Create_Connection_Cancel_Command())
        await asyncio.sleep(0.01)
        for connection in list(self.tablet.connections.values()):
            if connection.peer_address == address:
                with contextlib.suppress(core.BaseBumbleError):
                    await connection.disconnect()

    def _on_disconnection(self, _reason: int) -> None:
        was_connected = self._connection is not None
        self._connection, self._peer, self._subscriptions = None, None, {}
        if was_connected and self._disconnected_callback:
            self._disconnected_callback()

    async def _discover(self) -> BleakGATTServiceCollection:
        collection = BleakGATTServiceCollection()
        if self._peer is None:
            raise BleakError("disconnected")
        for service in await self._peer.discover_services():
            uuid = _text(service.uuid)
            if self._wanted is None or uuid in self._wanted:
                await self._add_service(collection, service, uuid)
        return collection

    async def _add_service(self, collection: BleakGATTServiceCollection, service: Any, uuid: str) -> None:
        ours = BleakGATTService(service, service.handle, uuid)
        collection.add_service(ours)
        for found in await service.discover_characteristics():
            properties = list(gatt_char_props_to_strs(int(found.properties)))
            characteristic = BleakGATTCharacteristic(
                found, found.handle, _text(found.uuid), properties, lambda: self.mtu_size - 3, ours
            )
            collection.add_characteristic(characteristic)
            for descriptor in await found.discover_descriptors():
                described = BleakGATTDescriptor(descriptor, descriptor.handle, _text(descriptor.type), characteristic)
                collection.add_descriptor(described)

    @contextlib.asynccontextmanager
    async def _errors(self) -> AsyncIterator[None]:
        """Turns Bumble's errors into bleak's; a connection that ends cancels what waits for it."""
        if self._connection is None:
            raise BleakError("Not connected")
        try:
            yield
        except att.ATT_Error as error:
            raise BleakGATTProtocolError(int(error.error_code)) from error
        except (core.InvalidStateError, core.ConnectionError) as error:
            raise BleakError("Disconnected") from error
        except core.ProtocolError as error:
            raise BleakError(str(error)) from error
        except asyncio.CancelledError as error:
            if _is_cancelled():
                raise
            raise BleakError("Disconnected") from error


def _is_cancelled() -> bool:
    """Whether the task itself is cancelled: Bumble also cancels whatever waits for a connection that has ended."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
