"""Settles a job where files may grow no further (a quota of the system). `python -m tests.faults.limited FOLDER`"""

import resource
import sys
from dataclasses import replace
from pathlib import Path

from agent.domain.errors import StoreError
from agent.store import Store, jobs
from agent.store.database import FILE_NAME
from tests.faults.full_disk import RESULT, all_there, nothing_changed
from tests.store.samples import NOW, new_job, settlement, write


def main(folder: Path) -> None:
    store = Store.open(folder)
    write(store, lambda db: jobs.create(db, new_job()))
    write(store, lambda db: jobs.start(db, "job-1", NOW))
    ending = replace(settlement(store.identity), result=RESULT)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    largest = (folder / f"{FILE_NAME}-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 4096, hard))
    try:
        write(store, lambda db: jobs.settle(db, "job-1", ending))
    except StoreError:
        nothing_changed(store)
    else:
        raise AssertionError("the limit did not hold")
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    write(store, lambda db: jobs.settle(db, "job-1", ending))
    all_there(store)
    store.close()
    print("survived")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
