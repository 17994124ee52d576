"""The operating system's own Bluetooth on Linux, with a virtual controller below it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from bumble import hci
from bumble.transport import open_transport
from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface, dbus_method

from agent.simulator.air import VirtualAir

POWER_SECONDS = 20.0
_ADAPTER = "/org/bluez/hci0"
_AGENT = "/eplus/agent"


class JustWorks(ServiceInterface):
    """BlueZ's pairing agent, with neither keys nor display."""

    def __init__(self) -> None:
        super().__init__("org.bluez.Agent1")

    @dbus_method()
    def Release(self) -> None: ...

    @dbus_method()
    def RequestConfirmation(self, device: "o", passkey: "u") -> None: ...  # type: ignore[name-defined] # noqa: F821

    @dbus_method()
    def RequestAuthorization(self, device: "o") -> None: ...  # type: ignore[name-defined] # noqa: F821

    @dbus_method()
    def Cancel(self) -> None: ...


class Bluez:
    """bluetoothd over D-Bus, and the virtual radio around its one adapter."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self.air = VirtualAir()

    @classmethod
    @contextlib.asynccontextmanager
    async def start(cls) -> AsyncIterator["Bluez"]:
        bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
        bluez = cls(bus)
        async with await open_transport("vhci") as transport:
            controller = bluez.air.new_controller("adapter", host_source=transport.source, host_sink=transport.sink)
            lacking = hci.LeFeatureMask.LL_PRIVACY | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING
            controller.le_features &= ~lacking  # promised, and not kept by Bumble's controller
            await bluez._power_on()
            bus.export(_AGENT, JustWorks())
            await bluez._call("/org/bluez", "org.bluez.AgentManager1", "RegisterAgent", "os", _AGENT, "NoInputNoOutput")
            await bluez._call("/org/bluez", "org.bluez.AgentManager1", "RequestDefaultAgent", "o", _AGENT)
            yield bluez
        bus.disconnect()

    async def forget_devices(self) -> None:
        """Including their pairing and their cached services."""
        for path in await self._devices():
            await self._call(_ADAPTER, "org.bluez.Adapter1", "RemoveDevice", "o", path)

    async def _devices(self) -> list[str]:
        reply = await self._call("/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", "")
        return [path for path, interfaces in reply.body[0].items() if "org.bluez.Device1" in interfaces]

    async def _power_on(self) -> None:
        body = ("org.bluez.Adapter1", "Powered", Variant("b", True))
        async with asyncio.timeout(POWER_SECONDS):
            while not _is_good(await self._ask(_ADAPTER, "org.freedesktop.DBus.Properties", "Set", "ssv", *body)):
                await asyncio.sleep(0.1)

    async def _call(self, path: str, interface: str, member: str, signature: str, *body: Any) -> Any:
        reply = await self._ask(path, interface, member, signature, *body)
        assert _is_good(reply), f"{member}: {reply.body if reply else reply}"
        return reply

    async def _ask(self, path: str, interface: str, member: str, signature: str, *body: Any) -> Any:
        message = Message("org.bluez", path, interface, member, signature=signature, body=list(body))
        return await self._bus.call(message)


def _is_good(reply: Any) -> bool:
    return reply is not None and reply.message_type is MessageType.METHOD_RETURN
