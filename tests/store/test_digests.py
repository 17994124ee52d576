"""A row that is not as it was written is not read."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.store import Store, digests, jobs, outbox, settings
from agent.store.database import FILE_NAME
from agent.store.settings import Setting
from tests.store.samples import settle_new_job, write

octets = st.lists(st.none() | st.binary(max_size=8), max_size=4)


def damage(folder: Path, statement: str) -> None:
    """As a fault of the disk would: past the store."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection, connection:
        assert connection.execute(statement).rowcount == 1


@given(octets, octets)
def test_other_values_have_another_digest(one: list[bytes | None], other: list[bytes | None]) -> None:
    assert (digests.row_digest(*one) == digests.row_digest(*other)) == (one == other)


def test_each_table_has_a_digest(store: Store) -> None:
    with store.read() as db:
        tables = db.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall()
        assert {name for (name,) in tables} == set(digests.tables(db))


def test_whatever_is_written_can_be_read(store: Store) -> None:
    settle_new_job(store, "job-1")
    write(store, lambda db: settings.put(db, Setting.PORT, "1"))
    write(store, lambda db: settings.put(db, Setting.PORT, "2"))
    with store.read() as db:
        assert jobs.get(db, "job-1").state == "done"
        assert settings.get(db, Setting.PORT) == "2"
        for table in digests.tables(db):
            held = db.execute(f"SELECT count(*) FROM main.{table}").fetchone()
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == held


@pytest.mark.parametrize(
    "damaging",
    [
        "UPDATE outbox SET envelope = substr(envelope, 1, 50) WHERE sequence = 1",
        "UPDATE outbox SET envelope = CAST(x'ff00fe' AS TEXT) WHERE sequence = 1",
        "UPDATE outbox SET sequence = 7 WHERE sequence = 1",
        "UPDATE outbox SET digest = NULL WHERE sequence = 1",
        "UPDATE outbox SET digest = '0123456789abcdef' WHERE sequence = 1",
    ],
)
def test_a_damaged_envelope_does_not_hold_up_the_others(store: Store, tmp_path: Path, damaging: str) -> None:
    settle_new_job(store, "job-1")
    settle_new_job(store, "job-2")
    damage(tmp_path, damaging)
    with store.read() as db:
        assert [waiting.sequence for waiting in outbox.waiting(db, 10)] == [2]


def test_the_writer_makes_a_damaged_row_no_better_by_chance(store: Store, tmp_path: Path) -> None:
    """Only a statement that writes the row gives it a new digest."""
    settle_new_job(store, "job-1")
    damage(tmp_path, "UPDATE jobs SET result = '{}' WHERE id = 'job-1'")
    settle_new_job(store, "job-2")
    with store.read() as db:
        assert [record.id for record in jobs.pending(db)] == ["job-2"]


def test_a_damaged_row_is_not_written_over_but_mended(store: Store, tmp_path: Path) -> None:
    settle_new_job(store, "job-1")
    damage(tmp_path, "UPDATE outbox SET reason = 'damaged' WHERE sequence = 1")
    write(store, lambda db: db.execute("UPDATE outbox SET state = 'refused' WHERE sequence = 1"))
    with store.read() as db:
        row = db.execute("SELECT state, reason FROM outbox WHERE sequence = 1").fetchone()
    assert row == ("refused", None), "the second copy has it as it was"
