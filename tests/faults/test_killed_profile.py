"""The process dies between any two statements of a load profile: the next start has every row once, or gets it."""

import subprocess
import sys
from pathlib import Path

import pytest

from agent.domain.exchange import Envelope, ProfilePayload
from agent.store import jobs, outbox
from agent.store.jobs import JobRecord
from tests.faults.profile_victim import ROWS, meter
from tests.faults.victim import KILLED
from tests.jobs.load_profiles.profile_meter import NOW, texts
from tests.jobs.memory_line import MemoryBench

ROOT = Path(__file__).parents[2]


def killed(folder: Path, statement: int) -> bool:
    """Whether the victim came to its end."""
    command = [sys.executable, "-m", "tests.faults.profile_victim", str(folder), str(statement)]
    victim = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert victim.returncode == KILLED, victim.stderr
    return victim.stdout == "done\n"


@pytest.mark.slow
async def test_killed_between_any_two_statements_of_a_load_profile(tmp_path: Path) -> None:
    statement, done, kept_at_the_kill = 0, False, set()
    while not done:
        folder = tmp_path / str(statement)
        done = killed(folder, statement)
        bench = MemoryBench(folder, meter(), NOW)
        await bench.prepare()
        found = _only_job(bench)
        kept_at_the_kill.add(found.rows if found else None)
        record = await _to_its_end(bench, found, done=done)
        assert (record.state, record.rows) == ("done", ROWS)
        assert _sent(bench) == texts(meter().held.rows)
        await bench.close()
        statement += 1
    assert {None, 0, 4, ROWS} <= kept_at_the_kill


async def _to_its_end(bench: MemoryBench, found: JobRecord | None, *, done: bool) -> JobRecord:
    if found is None:
        return await bench.run()
    assert found.state == ("done" if done or found.outbox else "interrupted")
    return found if found.state == "done" else await bench.resume(found.id)


def _only_job(bench: MemoryBench) -> JobRecord | None:
    with bench.store.read() as db:
        found = [jobs.get(db, row["id"]) for row in db.query("SELECT id FROM jobs")]
    assert len(found) <= 1
    return found[0] if found else None


def _sent(bench: MemoryBench) -> list[list[str | None]]:
    with bench.store.read() as db:
        envelopes = [Envelope.model_validate(each.envelope) for each in outbox.waiting(db, 10)]
    rows: list[list[str | None]] = []
    for envelope in envelopes:
        assert isinstance(envelope.payload, ProfilePayload)
        rows += envelope.payload.rows
    return rows
