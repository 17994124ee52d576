"""A radio for each test; the real bleak finds and connects what is in it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.radio.rooms import Room, open_room


@pytest_asyncio.fixture
async def room() -> AsyncIterator[Room]:
    async with open_room() as room:
        yield room
