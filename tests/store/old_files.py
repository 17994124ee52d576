"""A tablet's folder as an earlier program left it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database

from agent.store import Store, digests
from agent.store.database import FILE_NAME
from agent.store.migrations import MIGRATIONS, statements_of
from agent.store.vault import FILE_NAME as KEY_FILE
from tests.store.samples import settle_new_job

WAITING = ["job-1", "job-2", "job-3"]
_COPIED = {
    "identity": "id, keeper, vault, box",
    "jobs": "id, activity, serial, username, state, created_at, started_at, ended_at, result, error_code, error_params",
    "outbox": "key, job, sequence, envelope, state",
}


def make_old_folder(folder: Path, version: int) -> str:
    """A folder with the schema of that version, and three jobs that wait. Returns the tablet's name in SMM."""
    present = folder.with_name(f"{folder.name}-present")
    device = _fill(present)
    folder.mkdir(parents=True)
    shutil.copy(present / KEY_FILE, folder / KEY_FILE)
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("ATTACH ? AS present", [str(present / FILE_NAME)])
        for step in MIGRATIONS[:version]:
            for statement in statements_of(step):
                connection.execute(statement)
        for table, columns in _COPIED.items():
            connection.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM present.{table}")
        connection.execute(f"UPDATE main.counters SET value = {len(WAITING)}")
        connection.execute(f"PRAGMA main.user_version = {version}")
        db = Database(connection)
        digests.prepare(db)
        digests.renew_all(db)
    shutil.rmtree(present)
    return device


def _fill(folder: Path) -> str:
    store = Store.open(folder)
    for job in WAITING:
        settle_new_job(store, job)
    store.close()
    return store.identity.device_id
