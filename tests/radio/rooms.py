"""One suite, two radios: Bumble's stack in this process, or the kernel's and BlueZ's with a virtual controller below.

`EPLUS_RADIO=bluez` chooses the second; it needs /dev/vhci and a running bluetoothd, as in the virtual machine of
`tests/vm`.
"""

import contextlib
import os
from collections.abc import AsyncIterator
from typing import Protocol

from agent.link.radio import Radio
from agent.simulator.air import VirtualAir, VirtualTablet
from agent.simulator.bird import Bird
from agent.simulator.bird_settings import BirdSettings
from tests.radio.bluez import Bluez

IS_BLUEZ = os.environ.get("EPLUS_RADIO") == "bluez"


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
async def virtual_room() -> AsyncIterator[Room]:
    tablet = await VirtualTablet.create()
    try:
        yield tablet
    finally:
        await tablet.close()


@contextlib.asynccontextmanager
async def bluez_room(bluez: Bluez) -> AsyncIterator[Room]:
    """All the tests of a run have the same adapter; each has its own Birds, and BlueZ forgets them afterwards."""
    try:
        yield BluezRoom(bluez.air)
    finally:
        await bluez.air.close()
        await bluez.forget_devices()
