"""A file of any earlier schema opens with what waits in it, also after the program died in the middle of a step."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agent.domain.errors import StoreError
from agent.store import Store, digests, jobs, outbox
from agent.store.database import FILE_NAME, open_writer
from agent.store.migrations import MIGRATIONS, migrate, refuse_newer
from tests.store.old_files import WAITING, make_old_folder
from tests.store.samples import settle_new_job

VERSIONS = range(1, len(MIGRATIONS))


def assert_all_waits(folder: Path, device: str) -> None:
    store = Store.open(folder)
    try:
        assert store.identity.device_id == device
        with store.read() as db:
            assert [waiting.envelope["job"] for waiting in outbox.waiting(db, 10)] == WAITING
            assert sorted(record.id for record in jobs.pending(db)) == WAITING
        settle_new_job(store, "job-4")
        with store.read() as db:
            assert [waiting.sequence for waiting in outbox.waiting(db, 10)] == [1, 2, 3, 4]
    finally:
        store.close()


@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_file_opens_with_what_waits(tmp_path: Path, version: int) -> None:
    device = make_old_folder(tmp_path / "tablet", version)
    assert_all_waits(tmp_path / "tablet", device)


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_a_program_that_dies_in_a_step_loses_nothing(tmp_path: Path, version: int) -> None:
    """The folder is copied before each statement: as it is then, a kill would leave it."""
    folder = tmp_path / "tablet"
    device = make_old_folder(folder, version)
    images: list[Path] = []

    def keep_image(_statement: str) -> None:
        image = tmp_path / f"image-{len(images)}"
        shutil.copytree(folder, image)
        images.append(image)

    with closing(open_writer(folder / FILE_NAME)) as db:
        db.conn.set_trace_callback(keep_image)
        migrate(db)
    assert len(images) > 30
    for image in images:
        assert_all_waits(image, device)
        shutil.rmtree(image)


def test_an_older_program_refuses_a_newer_file_in_words(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(StoreError) as caught:
        Store.open(tmp_path)
    assert caught.value.code == "storage-newer"
    assert (tmp_path / FILE_NAME).read_bytes() == before
    with closing(open_writer(tmp_path / FILE_NAME)) as db, pytest.raises(StoreError):
        refuse_newer(db)


def test_old_rows_have_a_digest_afterwards(tmp_path: Path) -> None:
    make_old_folder(tmp_path / "tablet", 1)
    store = Store.open(tmp_path / "tablet")
    with store.read() as db:
        for table in digests.tables(db):
            damaged = db.execute(f"SELECT count(*) FROM main.{table} WHERE NOT ({digests.is_intact(db, table)})")
            assert damaged.fetchone() == (0,)
    store.close()
