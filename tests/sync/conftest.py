from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from agent.store import Store
from agent.sync import SmmClient, Sync, SyncState
from tests.sync.servers import FixedClock, SmallSmm, serving


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def smm() -> SmallSmm:
    return SmallSmm()


@pytest.fixture
def smm_url(smm: SmallSmm) -> Iterator[str]:
    with serving(smm) as url:
        yield url


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def seen() -> list[SyncState]:
    return []


@pytest.fixture
async def sync(store: Store, smm_url: str, clock: FixedClock, seen: list[SyncState]) -> AsyncIterator[Sync]:
    async with SmmClient(smm_url) as client:
        opened = Sync(store, client, clock, "tablet of the tests", seen.append)
        yield opened
        await opened.close()
