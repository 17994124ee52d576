"""A process that is killed while it sends what waits. `python -m tests.faults.sync_victim FOLDER URL STATEMENT`

It dies before the statement of that number, of those that login and run make on any connection to the store; past the
last one it says how many there were, and dies as well, without closing anything.
"""

import asyncio
import itertools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from sqlite_utils import Database

from agent.store import Store, readers
from agent.store.database import open_reader
from agent.store.vault import FileKeeper
from tests.faults.sync_workload import cheap_passwords, synchronise
from tests.store.samples import write


def main(folder: Path, url: str, deadly: int) -> None:
    counter = itertools.count()
    last = 0

    def on_statement(_statement: str) -> None:
        nonlocal last
        last = next(counter)
        if last == deadly:
            die()

    with mock.patch.object(readers, "open_reader", _traced(open_reader, on_statement)), cheap_passwords():
        store = Store.open(folder, keeper=FileKeeper(folder))
        write(store, lambda db: db.conn.set_trace_callback(on_statement))
        asyncio.run(synchronise(store, url))
    print(last + 1, flush=True)
    die()


def die() -> None:
    """As `kill -9` does it."""
    if sys.platform == "win32":
        os._exit(9)
    os.kill(os.getpid(), signal.SIGKILL)


def _traced(opened: Callable[[Path], Database], on_statement: Callable[[str], None]) -> Callable[[Path], Database]:
    def open_traced(path: Path) -> Database:
        db = opened(path)
        db.conn.set_trace_callback(on_statement)
        return db

    return open_traced


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
