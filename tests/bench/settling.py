"""What it costs that a settled job is on the disk twice, beside one bare commit of the same octets."""

import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from agent.store import Store, Transaction, jobs
from tests.bench.figure import Figure
from tests.store.samples import NOW, new_job, settlement, write

_JOBS = 400


def settling() -> list[Figure]:
    """The median of many settles, turn and turn about with the bare commits; two syncs are the bound."""
    with tempfile.TemporaryDirectory() as folder, closing(_bare(Path(folder) / "bare.sqlite")) as bare:
        store = Store.open(Path(folder) / "tablet")
        ours, theirs = [], []
        for number in range(_JOBS):
            job = f"job-{number}"
            _begin(store, job)
            settled = settlement(store.identity, job)
            ours.append(_seconds(partial(_write, store, partial(jobs.settle, job_id=job, settlement=settled))))
            theirs.append(_seconds(partial(_commit, bare, _content(store, job))))
        store.close()
    twice, once = (statistics.median(times) * 1000 for times in (ours, theirs))
    return [Figure("settle a job, twice on disk", "ms", twice, once, "bare sqlite3, FULL", 3, "at most")]


def _begin(store: Store, job: str) -> None:
    write(store, lambda db: jobs.create(db, new_job(job)))
    write(store, lambda db: jobs.start(db, job, NOW))


def _bare(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE settled (id INTEGER PRIMARY KEY, content TEXT NOT NULL)")
    return connection


def _content(store: Store, job: str) -> str:
    with store.read() as db:
        rows = [next(db.query(f"SELECT * FROM {of} = ?", [job])) for of in ("jobs WHERE id", "outbox WHERE job")]
    return json.dumps(rows)


def _write(store: Store, transaction: Transaction[None]) -> None:
    store.writer.submit(transaction).result()


def _commit(connection: sqlite3.Connection, content: str) -> None:
    connection.execute("INSERT INTO settled (content) VALUES (?)", [content])


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
