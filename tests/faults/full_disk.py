"""Settles a job on a small disk that is full. `python -m tests.faults.full_disk FOLDER`

FOLDER is on a file system of its own, of a few megabytes; see `test_full_disk`.
"""

import sys
from dataclasses import replace
from pathlib import Path

from agent.domain.errors import StorageFull
from agent.store import Store, jobs, outbox
from tests.store.samples import NOW, new_job, settlement, write

# More than fits into the free pages of the existing files.
RESULT = {"rows": ["0123456789abcdef" * 64] * 256}


def main(folder: Path) -> None:
    store = Store.open(folder / "data")
    write(store, lambda db: jobs.create(db, new_job()))
    write(store, lambda db: jobs.start(db, "job-1", NOW))
    filler = folder / "filler"
    fill(filler)
    ending = replace(settlement(store.identity), result=RESULT)
    for _ in range(3):
        refuse(store, ending)
        nothing_changed(store)
    filler.unlink()
    write(store, lambda db: jobs.settle(db, "job-1", ending))
    all_there(store)
    store.close()

    fill(filler)
    refuse_to_open(folder / "fresh")
    filler.unlink()
    store = Store.open(folder / "data")
    all_there(store)
    store.close()
    Store.open(folder / "fresh").close()
    print("survived")


def fill(path: Path) -> None:
    """Fills the file system to the last byte."""
    with path.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    if file.write(b"x" * size) < size:
                        break
            except OSError:
                continue


def refuse(store: Store, ending: jobs.Settlement) -> None:
    try:
        write(store, lambda db: jobs.settle(db, "job-1", ending))
    except StorageFull as error:
        assert (error.code, error.retryable) == ("storage-full", True)
    else:
        raise AssertionError("a full disk took the job")


def refuse_to_open(folder: Path) -> None:
    try:
        Store.open(folder)
    except StorageFull:
        return
    raise AssertionError("a store was made on a full disk")


def nothing_changed(store: Store) -> None:
    with store.read() as db:
        record = jobs.get(db, "job-1")
        assert (record.state, record.result, record.outbox) == ("running", None, None)
        assert outbox.count_waiting(db) == 0
        assert db.execute("SELECT value FROM counters WHERE name = 'sequence'").fetchone() == (0,)


def all_there(store: Store) -> None:
    with store.read() as db:
        record = jobs.get(db, "job-1")
        assert (record.state, record.result, record.outbox) == ("done", RESULT, "waiting")
        assert [entry.sequence for entry in outbox.waiting(db, 10)] == [1]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
