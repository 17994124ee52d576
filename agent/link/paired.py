"""What the operating system has paired. bleak does not offer that, so each system is asked in its own way."""

import sys
from dataclasses import dataclass
from typing import Any

_ADDRESS = "System.Devices.Aep.DeviceAddress"


@dataclass(frozen=True)
class Paired:
    """`address` in capitals, as a scan reports it."""

    address: str
    name: str | None


async def paired_devices() -> list[Paired]:
    """Empty where the system cannot list them, or has no Bluetooth."""
    try:
        if sys.platform == "win32":
            return await _of_windows()
        if sys.platform == "linux":
            return await _of_bluez()
    except Exception:  # the list is a convenience: a scan shows what is there
        return []
    return []


async def _of_windows() -> list[Paired]:
    from winrt.windows.devices.bluetooth import BluetoothLEDevice  # type: ignore[import-not-found,unused-ignore]
    from winrt.windows.devices.enumeration import (  # type: ignore[import-not-found,unused-ignore]
        DeviceInformation,
    )

    selector = BluetoothLEDevice.get_device_selector_from_pairing_state(True)
    found = await DeviceInformation.find_all_async_aqs_filter_and_additional_properties(selector, [_ADDRESS])
    return [Paired(_windows_address(each), each.name or None) for each in found]


def _windows_address(information: Any) -> str:
    """The end of an identity such as `BluetoothLE#BluetoothLE00:11:22:33:44:55-c0:00:00:00:00:01`."""
    return str(information.id).rpartition("-")[2].upper()


async def _of_bluez() -> list[Paired]:
    from dbus_fast import BusType, Message, MessageType
    from dbus_fast.aio import MessageBus

    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    try:
        reply = await bus.call(
            Message(
                destination="org.bluez",
                path="/",
                interface="org.freedesktop.DBus.ObjectManager",
                member="GetManagedObjects",
            )
        )
    finally:
        bus.disconnect()
    if reply is None or reply.message_type is not MessageType.METHOD_RETURN:
        return []
    devices = [interfaces["org.bluez.Device1"] for interfaces in reply.body[0].values() if _is_device(interfaces)]
    return [Paired(device["Address"].value, _value(device, "Name")) for device in devices if _value(device, "Paired")]


def _is_device(interfaces: dict[str, Any]) -> bool:
    return "org.bluez.Device1" in interfaces


def _value(device: dict[str, Any], name: str) -> Any:
    return device[name].value if name in device else None
