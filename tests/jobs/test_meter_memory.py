"""What is kept of meters between jobs: for a kind, or for one meter; a store that fails costs the hint only."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.domain.errors import StoreError
from agent.jobs.meter_memory import StoredMemory
from agent.store import Store
from tests.drivers.line import new_clock


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path)
    yield opened
    opened.close()


async def test_of_a_kind_all_know_and_of_one_meter_only_itself(store: Store) -> None:
    one, two = (StoredMemory(store, serial, new_clock()) for serial in ("A1", "B2"))
    await one.keep("list", "generic ABC 1.0", b"objects")
    await one.keep("one-by-one", None, b"1")
    assert await two.recall("list", "generic ABC 1.0") == b"objects"
    assert (await one.recall("one-by-one", None), await two.recall("one-by-one", None)) == (b"1", None)
    await two.keep("list", "generic ABC 1.0", None)
    assert await one.recall("list", "generic ABC 1.0") is None


async def test_a_store_that_fails_costs_the_hint_only(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = StoredMemory(store, "A1", new_clock())
    await memory.keep("list", None, b"objects")

    def fail(*_: object) -> None:
        raise StoreError("disk")

    monkeypatch.setattr(store, "read", fail)
    monkeypatch.setattr(store, "write", fail)
    await memory.keep("list", None, b"others")
    assert await memory.recall("list", None) is None
