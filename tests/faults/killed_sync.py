"""`kill -9` before any statement of a synchronisation. `python3 -m tests.faults.killed_sync`"""

import argparse
import asyncio
import itertools
import shutil
import subprocess
import sys
from pathlib import Path

from agent.store import Store, outbox
from agent.store.vault import FileKeeper
from tests.faults.power import fast_folder
from tests.faults.sync_workload import cheap_passwords, synchronise
from tests.faults.workloads import open_store
from tests.store.samples import settle_new_job
from tests.sync.servers import SmallSmm, serving

ROOT = Path(__file__).parents[2]
WAITING = 3


def prepare(folder: Path) -> None:
    """A tablet on which envelopes wait."""
    store = open_store(folder)
    for number in range(WAITING):
        settle_new_job(store, f"job-{number}")
    store.close()


def kill_and_go_on(prepared: Path, folder: Path, statement: int) -> int | None:
    """Kills the tablet there, starts it again and sends the rest; then SMM must have each envelope once.

    Returns how many statements there are, if the number is past the last one. Raises: AssertionError.
    """
    shutil.copytree(prepared, folder)
    smm = SmallSmm()
    with serving(smm) as url:
        count = _kill(folder, url, statement)
        store = Store.open(folder, keeper=FileKeeper(folder))
        try:
            _is_honest(store, smm)
            with cheap_passwords():
                asyncio.run(synchronise(store, url))
            _is_over(store, smm)
        finally:
            store.close()
    shutil.rmtree(folder)
    return count


def _kill(folder: Path, url: str, statement: int) -> int | None:
    command = [sys.executable, "-m", "tests.faults.sync_victim", str(folder), url, str(statement)]
    victim = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert victim.returncode in (-9, 9), victim.stderr
    return int(victim.stdout) if victim.stdout else None


def _is_honest(store: Store, smm: SmallSmm) -> None:
    """No envelope is closed that SMM does not have."""
    with store.read() as db:
        rows = list(db.query("SELECT key, state FROM outbox"))
    assert len(rows) == WAITING
    assert {row["key"] for row in rows if row["state"] != "waiting"} <= set(smm.taken)


def _is_over(store: Store, smm: SmallSmm) -> None:
    with store.read() as db:
        keys = [row["key"] for row in db.query("SELECT key FROM outbox")]
        assert (outbox.count_waiting(db), outbox.count_refused(db)) == (0, 0)
    assert sorted(smm.taken) == sorted(keys), "SMM has not each envelope once"


def main() -> int:
    argparse.ArgumentParser("python3 -m tests.faults.killed_sync", description=__doc__).parse_args()
    wrong = 0
    with fast_folder() as root:
        prepare(root / "prepared")
        for statement in itertools.count():
            try:
                if kill_and_go_on(root / "prepared", root / str(statement), statement) is not None:
                    break
            except AssertionError as error:
                wrong += 1
                print(f"WRONG killed before statement {statement}: {error}")
    print(f"killed before each of {statement} statements, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
