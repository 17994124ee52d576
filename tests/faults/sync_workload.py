"""What a synchronisation does to a tablet's disk, against an SMM behind real HTTP."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from argon2 import PasswordHasher

from agent.store import Store, accounts
from agent.sync import SmmClient, Sync
from tests.faults.workloads import Promise, TabletAtWork, Workload, begin, open_store, saved, settle, start, stop
from tests.store.samples import USER, settle_new_job
from tests.sync.servers import PASSWORD, FixedClock, SmallSmm, serving

BEFORE = 3


@contextmanager
def sync_workload() -> Iterator[Workload]:
    """Jobs are settled and sent, twice."""
    smm = SmallSmm()
    with serving(smm) as url, cheap_passwords():
        talk = Conversation(smm, url)
        steps = (start, talk.step, begin("job-1"), settle("job-1"), talk.step, stop, start, talk.step)
        yield Workload("sync", steps, talk.prepare)


@contextmanager
def cheap_passwords() -> Iterator[None]:
    """Of the tablet: a login costs next to nothing inside the block."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with mock.patch.object(accounts, "_hasher", lambda: cheap):
        yield


class Conversation:
    """One tablet's with one SMM."""

    def __init__(self, smm: SmallSmm, url: str) -> None:
        self._smm, self._url = smm, url

    def prepare(self, folder: Path) -> list[Promise]:
        """Another tablet, with jobs that wait."""
        self._smm.taken = []
        store = open_store(folder)
        for number in range(BEFORE):
            settle_new_job(store, f"before-{number}")
        promises = [saved(store, f"before-{number}") for number in range(BEFORE)]
        store.close()
        return promises

    def step(self, tablet: TabletAtWork) -> list[Promise]:
        """Logs in and sends all that waits."""
        asyncio.run(synchronise(tablet.store, self._url))
        with tablet.store.read() as db:
            closed = {row["key"] for row in db.query("SELECT key FROM outbox WHERE state = 'received'")}
        assert sorted(self._smm.taken) == sorted(closed), "SMM has not each envelope once"
        return [self._promise(closed)]

    def _promise(self, closed: set[str]) -> Promise:
        def holds(store: Store, _folder: Path) -> None:
            with store.read() as db:
                received = {row["key"] for row in db.query("SELECT key FROM outbox WHERE state = 'received'")}
            taken = self._smm.taken
            assert closed <= received <= set(taken), "a receipt is lost, or made up"
            assert len(taken) == len(set(taken)), "SMM has one twice"

        return Promise(f"{len(closed)} receipts are recorded", holds)


async def synchronise(store: Store, url: str) -> None:
    """One login and one run."""
    async with SmmClient(url) as client:
        sync = Sync(store, client, FixedClock(), "tablet of the tests")
        await sync.session.login(USER.username, PASSWORD)
        await sync.run()
        await sync.close()
