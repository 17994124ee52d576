"""One suite, two radios: Bumble's stack in this process, or the kernel's and BlueZ's with a virtual controller below.

`EPLUS_RADIO=bluez` chooses the second; it needs /dev/vhci and a running bluetoothd, as in the virtual machine of
`tests/vm`.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from typing import Protocol

from bumble import hci
from bumble.transport import open_transport

from agent.link.radio import Radio
from agent.simulator.air import VirtualAir, VirtualTablet
from agent.simulator.bird import Bird, BirdSettings

IS_BLUEZ = os.environ.get("EPLUS_RADIO") == "bluez"
POWER_SECONDS = 10.0


class Room(Protocol):
    """Somewhere with a tablet; `radio` is the tablet's."""

    @property
    def radio(self) -> Radio: ...

    async def add_bird(self, kind: BirdSettings, signal: int = -50) -> Bird: ...


class BluezRoom:
    def __init__(self, air: VirtualAir) -> None:
        self._air = air
        self.radio = Radio()

    async def add_bird(self, kind: BirdSettings, signal: int = -50) -> Bird:
        return await self._air.add_bird(kind, signal)


@contextlib.asynccontextmanager
async def open_room() -> AsyncIterator[Room]:
    if IS_BLUEZ:
        async with _bluez_room() as bluez:
            yield bluez
        return
    tablet = await VirtualTablet.create()
    try:
        yield tablet
    finally:
        await tablet.close()


@contextlib.asynccontextmanager
async def _bluez_room() -> AsyncIterator[BluezRoom]:
    """A new adapter of the kernel for each room; its controller is Bumble's."""
    air = VirtualAir()
    async with await open_transport("vhci") as transport:
        controller = air.new_controller("adapter", host_source=transport.source, host_sink=transport.sink)
        lacking = hci.LeFeatureMask.LL_PRIVACY | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING
        controller.le_features &= ~lacking  # promised, and not kept by Bumble's controller
        await _power_on()
        try:
            yield BluezRoom(air)
        finally:
            await air.close()


async def _power_on() -> None:
    from dbus_fast import BusType, Message, MessageType, Variant
    from dbus_fast.aio import MessageBus

    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    request = Message(
        destination="org.bluez",
        path="/org/bluez/hci0",
        interface="org.freedesktop.DBus.Properties",
        member="Set",
        signature="ssv",
        body=["org.bluez.Adapter1", "Powered", Variant("b", True)],
    )
    try:
        async with asyncio.timeout(POWER_SECONDS):
            while (reply := await bus.call(request)) is None or reply.message_type is not MessageType.METHOD_RETURN:
                await asyncio.sleep(0.1)
    finally:
        bus.disconnect()
