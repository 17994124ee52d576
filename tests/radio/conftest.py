"""A radio for each test; the real bleak finds and connects the devices on it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.radio.bluez import Bluez
from tests.radio.rooms import IS_BLUEZ, Room, bluez_room, virtual_room


@pytest_asyncio.fixture(scope="session" if IS_BLUEZ else "function")
async def bluez() -> AsyncIterator[Bluez | None]:
    """One adapter for all tests, on the one loop that they run on; None where the whole radio is simulated."""
    if not IS_BLUEZ:
        yield None
        return
    async with Bluez.start() as bluez:
        yield bluez


@pytest_asyncio.fixture
async def room(bluez: Bluez | None) -> AsyncIterator[Room]:
    async with virtual_room() if bluez is None else bluez_room(bluez) as room:
        yield room
