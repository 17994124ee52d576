"""A process that settles a job and is killed on the way. `python -m tests.faults.victim FOLDER STATEMENT`

It dies before the statement of that number (0 is the transaction's BEGIN); past the last one it says `saved`
and dies as well, without closing anything.
"""

import os
import sys
from pathlib import Path

from sqlite_utils import Database

from agent.store import Store, jobs
from tests.store.samples import NOW, new_job, settlement, write

KILLED = 9


def main(folder: Path, deadly: int) -> None:
    store = Store.open(folder)
    write(store, lambda db: jobs.create(db, new_job()))
    write(store, lambda db: jobs.start(db, "job-1", NOW))
    write(store, lambda db: kill_before(db, deadly))
    write(store, lambda db: jobs.settle(db, "job-1", settlement(store.identity)))
    print("saved", flush=True)
    os._exit(KILLED)


def kill_before(db: Database, deadly: int) -> None:
    # The COMMIT of the transaction in which this is set is counted first.
    seen = -2

    def on_statement(_statement: str) -> None:
        nonlocal seen
        seen += 1
        if seen == deadly:
            os._exit(KILLED)

    db.conn.set_trace_callback(on_statement)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
