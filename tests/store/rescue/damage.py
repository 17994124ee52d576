"""Folders of tablets, and what can happen to them."""

import random
import shutil
from pathlib import Path

from agent.store import Store, jobs, outbox
from agent.store.copy import FILE_NAME as COPY
from agent.store.database import FILE_NAME as DATABASE
from tests.store.samples import USER, leave_undecided, new_job, settle_new_job, write

LOG = f"{DATABASE}-wal"
WAITING = [f"job-{number}" for number in range(8)] + ["job-undecided"]


def fill(store: Store) -> None:
    """Eight jobs that are done, a change that nobody can decide on, and a job that has not begun."""
    for job in WAITING[:-1]:
        settle_new_job(store, job)
    leave_undecided(store, WAITING[-1], USER.username)
    write(store, lambda db: jobs.create(db, new_job("job-queued")))


def make_tablet(folder: Path, *, killed: bool = False) -> str:
    """A tablet with nine envelopes that wait. Killed, it leaves its log behind. Returns its name in SMM."""
    original = folder.with_name(f"{folder.name}-original")
    store = Store.open(original)
    fill(store)
    if killed:
        shutil.copytree(original, folder)
    store.close()
    if not killed:
        shutil.copytree(original, folder)
    shutil.rmtree(original)
    return store.identity.device_id


def strike(path: Path, seed: int, octets: int = 64) -> None:
    """Random octets at random places."""
    chance = random.Random(seed)
    content = bytearray(path.read_bytes())
    for _ in range(octets):
        content[chance.randrange(len(content))] = chance.randrange(256)
    path.write_bytes(content)


def waiting_in(store: Store) -> list[str]:
    """The jobs whose envelopes wait, in their order."""
    with store.read() as db:
        return [each.envelope["job"] for each in outbox.waiting(db, 1000)]


def works(store: Store) -> bool:
    """A new job can be done, and all lists can be read."""
    settle_new_job(store, "job-new")
    with store.read() as db:
        jobs.pending(db)
        jobs.history(db, 1000)
        return jobs.get(db, "job-new").state == "done"


def octets_of(folder: Path) -> dict[str, bytes]:
    """All files but the lock, the reserve, the log and its index, which every start may make."""
    files = (path for path in folder.iterdir() if path.is_file())
    return {
        path.name: path.read_bytes()
        for path in files
        if path.name not in ("agent.lock", "reserve", f"{DATABASE}-shm", LOG)
    }


__all__ = ["COPY", "DATABASE", "LOG", "WAITING", "fill", "make_tablet", "octets_of", "strike", "waiting_in", "works"]
