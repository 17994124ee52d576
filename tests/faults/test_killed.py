"""The process dies between any two statements of a settlement: all of it is there afterwards, or nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from agent.store import Store, jobs, outbox
from tests.faults.victim import KILLED
from tests.store.samples import NOW, settlement, write

ROOT = Path(__file__).parents[2]
FEWEST_STATEMENTS = 6  # BEGIN, the job, the number and its reading, the envelope, COMMIT


def killed(folder: Path, statement: int) -> bool:
    """Whether the victim came to say that the job is saved."""
    command = [sys.executable, "-m", "tests.faults.victim", str(folder), str(statement)]
    victim = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert victim.returncode == KILLED, victim.stderr
    return victim.stdout == "saved\n"


@pytest.mark.slow
def test_killed_between_any_two_statements_of_settle(tmp_path: Path) -> None:
    statement = 0
    saved = False
    while not saved:
        folder = tmp_path / str(statement)
        saved = killed(folder, statement)
        store = Store.open(folder)
        try:
            _all_or_nothing(store, saved)
        finally:
            store.close()
        statement += 1
    assert statement > FEWEST_STATEMENTS


def _all_or_nothing(store: Store, saved: bool) -> None:
    with store.read() as db:
        record = jobs.get(db, "job-1")
        waiting = outbox.waiting(db, 10)
        allocated = db.execute("SELECT value FROM counters WHERE name = 'sequence'").fetchone()[0]
    assert record.state == "done" or not saved
    if record.state == "done":  # also where it died after the COMMIT, before the second copy was complete
        assert (record.state, record.outbox, allocated) == ("done", "waiting", 1)
        assert record.result == settlement(store.identity).result
        assert [entry.sequence for entry in waiting] == [1]
        return
    assert (record.state, record.result, record.ended_at, record.outbox) == ("running", None, None, None)
    assert (waiting, allocated) == ([], 0)
    assert write(store, lambda db: jobs.interrupt_running(db, NOW)) == 1
    with store.read() as db:
        assert [job.state for job in jobs.pending(db)] == ["interrupted"]
