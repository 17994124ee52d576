"""Damage that comes while the agent runs."""

import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from agent.domain.errors import RescueNeeded, StoreError
from agent.store import Store, jobs, read_only
from tests.store.rescue.damage import COPY, DATABASE, WAITING, fill, make_tablet, waiting_in, works
from tests.store.samples import new_job, write

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be moved there")


@pytest.fixture
def running(tmp_path: Path) -> Store:
    store = Store.open(tmp_path / "tablet")
    fill(store)
    return store


def overwrite(folder: Path) -> None:
    """All pages but the first, in the file and in its log's place: nothing is in a cache of SQLite any more."""
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray((folder / DATABASE).read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    (folder / DATABASE).write_bytes(content)


def test_a_write_that_meets_damage_is_made_on_the_mended_file(running: Store, tmp_path: Path) -> None:
    folder = tmp_path / "tablet"
    calls: list[Database] = []

    def transaction(db: Database) -> None:
        calls.append(db)
        if len(calls) == 1:
            overwrite(folder)
            raise StoreError(code="storage-damaged")
        jobs.create(db, new_job("job-later"))

    write(running, transaction)
    assert len(calls) == 2
    assert running.report is not None
    assert waiting_in(running) == WAITING
    assert works(running)
    with running.read() as db:
        assert jobs.get(db, "job-later").state == "queued"
    running.close()
    again = Store.open(folder)
    assert again.report is None
    again.close()


def test_a_read_that_meets_damage_has_it_mended(running: Store, tmp_path: Path) -> None:
    overwrite(tmp_path / "tablet")
    with pytest.raises(StoreError) as caught:
        for _ in range(3):
            waiting_in(running)
    assert caught.value.code == "storage-damaged"
    write(running, lambda _db: None)
    assert running.report is not None
    assert waiting_in(running) == WAITING
    running.close()


def test_a_reader_that_stays_open_leaves_it_to_the_next_start(
    running: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.store.readers._SECONDS_TO_GIVE_BACK", 0.01)

    def damaged(_db: Database) -> None:
        (tmp_path / "tablet" / "damaged").touch()
        raise StoreError(code="storage-damaged")

    with running.read() as db:
        db.execute("SELECT 1 FROM jobs").fetchone()
        with pytest.raises(StoreError):
            write(running, damaged)
    assert waiting_in(running) == WAITING, "what can be read can be read"
    running.close()
    store = Store.open(tmp_path / "tablet")
    assert store.report is not None
    assert waiting_in(store) == WAITING
    store.close()


def test_readers_wait_while_it_is_mended(running: Store) -> None:
    seen: list[list[str]] = []
    with running._readers.paused():
        reader = threading.Thread(target=lambda: seen.append(waiting_in(running)))
        reader.start()
        reader.join(0.05)
        assert seen == []
    reader.join(10)
    assert seen == [WAITING]
    running.close()


def test_a_disk_that_goes_on_failing_ends_the_mending(running: Store, tmp_path: Path) -> None:
    def damaged(_db: Database) -> None:
        raise StoreError(code="storage-damaged")

    for _ in range(6):
        with pytest.raises(StoreError):
            write(running, damaged)
    running.close()
    store = Store.open(tmp_path / "tablet")
    assert waiting_in(store) == WAITING
    store.close()


def test_a_command_beside_says_what_is_wrong(tmp_path: Path) -> None:
    folder = tmp_path / "tablet"
    make_tablet(folder)
    (folder / DATABASE).rename(tmp_path / DATABASE)
    with pytest.raises(StoreError) as damaged, read_only(folder):
        pass
    assert damaged.value.code == "storage-damaged"
    (folder / COPY).unlink()
    with pytest.raises(RescueNeeded) as needed, read_only(folder):
        pass
    assert needed.value.code == "rescue-needed"
