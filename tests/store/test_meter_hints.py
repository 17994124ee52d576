"""Hints about meters: kept by name, bounded, and none is better than a wrong one."""

from datetime import timedelta
from functools import partial

import pytest
from sqlite_utils import Database

from agent.store import Store, meter_hints
from tests.store.samples import NOW, write


def test_a_hint_is_kept_replaced_and_forgotten(store: Store) -> None:
    for content in (b"first", bytes(range(256)) * 160):
        write(store, partial(meter_hints.put, name="list/generic 1.0", content=content, at=NOW))
        with store.read() as db:
            assert meter_hints.get(db, "list/generic 1.0") == content
            assert meter_hints.get(db, "list/other") is None
    write(store, lambda db: meter_hints.forget(db, "list/generic 1.0"))
    with store.read() as db:
        assert meter_hints.get(db, "list/generic 1.0") is None


def test_the_oldest_hints_go(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter_hints, "MOST", 3)

    def fill(db: Database) -> None:
        for number in range(5):
            meter_hints.put(db, str(number), b"1", NOW + timedelta(minutes=number))

    write(store, fill)
    with store.read() as db:
        assert [number for number in range(5) if meter_hints.get(db, str(number))] == [2, 3, 4]


@pytest.mark.parametrize("content", ["no base 64!", "AAAA", ""])
def test_a_hint_that_cannot_be_read_is_none(store: Store, content: str) -> None:
    def spoil(db: Database) -> None:
        meter_hints.put(db, "list", b"1", NOW)
        db.execute("UPDATE meter_hints SET content = ?", [content])

    write(store, spoil)
    with store.read() as db:
        assert not meter_hints.get(db, "list")
