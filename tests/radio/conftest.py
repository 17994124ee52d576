"""A virtual radio for each test; the real bleak finds and connects what is in it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from agent.simulator.bird import VirtualRadio


@pytest_asyncio.fixture
async def virtual() -> AsyncIterator[VirtualRadio]:
    radio = await VirtualRadio.create()
    yield radio
    await radio.close()
