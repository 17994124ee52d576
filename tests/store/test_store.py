"""Opening, writing, reading: what the store guarantees, whatever is kept in it."""

import asyncio
import sqlite3
import threading
from functools import partial
from pathlib import Path

import pytest
from sqlite_utils import Database

from agent.domain.errors import InputError, StorageFull, StoreError
from agent.domain.words import LANGUAGES, table
from agent.store import Store, jobs, read_only, settings
from agent.store.database import FILE_NAME, pragma
from agent.store.settings import Setting
from tests.store.samples import new_job, write


def settings_in(store: Store) -> int:
    with store.read() as db:
        count: int = db.execute("SELECT count(*) FROM settings").fetchone()[0]
    return count


def insert(db: Database, name: str) -> None:
    db.execute("INSERT INTO settings (name, value) VALUES (?, '')", [name])


def test_the_guarantees_are_read_back(store: Store) -> None:
    def guarantees(db: Database) -> list[object]:
        return [pragma(db, name) for name in ("journal_mode", "synchronous", "foreign_keys")]

    assert write(store, guarantees) == ["wal", 2, 1]


def test_a_write_is_one_transaction(store: Store) -> None:
    def half(db: Database) -> None:
        insert(db, "a")
        insert(db, "b")
        raise InputError("half way")

    with pytest.raises(InputError):
        write(store, half)
    assert settings_in(store) == 0


def test_inserts_of_sqlite_utils_do_not_commit_on_the_way(store: Store) -> None:
    def half(db: Database) -> None:
        db.table("settings").insert({"name": "a", "value": ""})
        raise InputError("half way")

    with pytest.raises(InputError):
        write(store, half)
    assert settings_in(store) == 0


def test_errors_of_sqlite_come_out_as_ours(store: Store) -> None:
    with pytest.raises(StoreError) as caught:
        write(store, lambda db: db.execute("INSERT INTO nowhere VALUES (1)"))
    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
    write(store, lambda db: jobs.create(db, new_job()))
    with pytest.raises(StoreError):
        write(store, lambda db: jobs.create(db, new_job()))


def test_a_full_file_is_storage_full(store: Store) -> None:
    def fill(db: Database) -> None:
        db.execute(f"PRAGMA max_page_count = {pragma(db, 'page_count')}")
        db.execute("INSERT INTO settings (name, value) VALUES ('big', zeroblob(1000000) || '')")

    with pytest.raises(StorageFull):
        write(store, fill)
    assert settings_in(store) == 0


def test_foreign_keys_hold(store: Store) -> None:
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        write(
            store,
            lambda db: db.execute(
                "INSERT INTO outbox (key, job, sequence, envelope, state) VALUES ('k', 'no job', 1, '', 'waiting')"
            ),
        )


def test_readers_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError), store.read() as db:
        db.execute("DELETE FROM settings")


def test_a_reader_sees_one_state(store: Store) -> None:
    with store.read() as db:
        db.execute("SELECT count(*) FROM settings").fetchone()
        write(store, lambda db: insert(db, "a"))
        assert db.execute("SELECT count(*) FROM settings").fetchone() == (0,)
    assert settings_in(store) == 1


def test_many_threads_read_while_one_writes(store: Store) -> None:
    wrong: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(50):
                settings_in(store)
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for number in range(50):
        write(store, partial(insert, name=str(number)))
    for thread in threads:
        thread.join()
    assert wrong == []
    assert settings_in(store) == 50


async def test_a_write_is_carried_out_even_if_nobody_waits_for_it_any_more(store: Store) -> None:
    gate = threading.Event()
    store.writer.submit(lambda _db: gate.wait(10))
    waiting = asyncio.create_task(store.write(lambda db: insert(db, "a")))
    await asyncio.sleep(0)
    waiting.cancel()
    gate.set()
    await store.write(lambda db: insert(db, "b"))
    assert settings_in(store) == 2


def test_closing_finishes_what_was_submitted(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    futures = [store.writer.submit(partial(insert, name=str(n))) for n in range(20)]
    store.close()
    store.close()
    assert all(future.done() and future.exception() is None for future in futures)
    with pytest.raises(StoreError):
        store.writer.submit(lambda db: insert(db, "late"))
    with pytest.raises(StoreError), store.read():
        pass
    with read_only(tmp_path) as db:
        assert db.execute("SELECT count(*) FROM settings").fetchone() == (20,)


def test_read_only_beside_the_agent(store: Store, tmp_path: Path) -> None:
    write(store, lambda db: jobs.create(db, new_job()))
    with read_only(tmp_path) as db:
        assert jobs.get(db, "job-1").state == "queued"


def test_read_only_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError), read_only(tmp_path / "nowhere"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(StoreError) as refused:
        Store.open(tmp_path)
    with pytest.raises(StoreError), read_only(tmp_path):
        pass
    assert refused.value.code == "storage-newer"
    assert all(refused.value.code in table(language) for language in LANGUAGES)
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"holiday pictures" * 100)
    with pytest.raises(StoreError):
        Store.open(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == b"holiday pictures" * 100


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        Store.open(tmp_path / "file" / "data")


def test_a_folder_with_odd_characters(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "100% señal #1? ok")
    assert settings_in(store) == 0
    store.close()


def test_a_read_that_failed_leaves_no_stale_reader(store: Store) -> None:
    with pytest.raises(StoreError), store.read() as db:
        db.execute("SELECT * FROM settings").fetchone()
        db.execute("SELECT * FROM nowhere")
    write(store, lambda db: settings.put(db, Setting.PORT, "7"))
    with store.read() as db:
        assert settings.get(db, Setting.PORT) == "7"
