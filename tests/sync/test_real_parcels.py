"""Two tablets and SMM ePlus itself, over real HTTP: what one cannot send, the other one brings."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from sqlite_utils import Database as TabletDatabase
from werkzeug.serving import make_server

from agent.commands.main import cli
from agent.domain.sample import USERS
from agent.drivers.system_clock import SystemClock
from agent.smm.app import create_app
from agent.smm.database import Database
from agent.smm.keys import KeyBox
from agent.smm.models import Execution
from agent.store import Store, jobs, outbox, settings
from agent.store.rescue.salvage import CARRIED_FROM
from agent.store.settings import Setting
from agent.sync import SmmClient, Sync
from tests.conftest import copied
from tests.store.samples import settle_new_job
from tests.sync.servers import running

TECHNICIAN = USERS[0]


@dataclass
class TwoTablets:
    """`first` cannot reach SMM until its test lets it."""

    smm: Database
    first: Store
    second: Store
    login: Callable[[Store], Awaitable[Sync]]

    def taken(self) -> list[tuple[str, int]]:
        with self.smm.read() as session:
            rows = session.execute(select(Execution.device_id, Execution.sequence).order_by(Execution.sequence))
            return [(row.device_id, row.sequence) for row in rows]


@pytest.fixture
def url(smm_sample: Path, tmp_path: Path) -> Iterator[str]:
    database = copied(smm_sample, tmp_path)
    with running(make_server("127.0.0.1", 0, create_app(database), threaded=True)) as address:
        yield address


@pytest.fixture
async def two(url: str, tmp_path: Path) -> AsyncIterator[TwoTablets]:
    database = f"sqlite:///{tmp_path / 'smm.sqlite'}"
    first, second = Store.open(tmp_path / "first"), Store.open(tmp_path / "second")
    keys = KeyBox.for_database(database)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(SmmClient(url))

        async def login(store: Store) -> Sync:
            sync = Sync(store, client, SystemClock(), "a tablet")
            await sync.session.login(TECHNICIAN.username, TECHNICIAN.password)
            await store.write(lambda db: settings.put(db, Setting.SMM_PARCEL_KEY, keys.parcel_key.hex()))
            await store.write(lambda db: settings.put(db, Setting.SMM_RECEIPT_KEY, keys.receipt_key.hex()))
            return sync

        yield TwoTablets(Database(database), first, second, login)
    first.close()
    second.close()


async def eplus(*arguments: str | Path) -> str:
    done = await asyncio.to_thread(CliRunner().invoke, cli, [*map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.output


async def carry(two: TwoTablets, folder: Path, tmp_path: Path) -> None:
    """From the first tablet's folder to the second tablet, which runs, and from there to SMM."""
    await eplus("export", "--data", folder, "--to", tmp_path / "carried.eplus")
    await eplus("import", tmp_path / "carried.eplus", "--data", two.second.folder)
    await eplus("import", tmp_path / "carried.eplus", "--data", two.second.folder)
    await (await two.login(two.second)).run()


async def test_each_job_arrives_once_whichever_way_it_takes(two: TwoTablets, tmp_path: Path) -> None:
    sync = await two.login(two.first)
    for number in range(1, 4):
        settle_new_job(two.first, f"job-{number}", user=TECHNICIAN.username)
    refused = "UPDATE outbox SET state = 'refused', refusal = 'smm-rejected' WHERE sequence = 2"
    await two.first.write(lambda db: db.execute(refused).rowcount)
    await carry(two, two.first.folder, tmp_path)
    made = [(two.first.identity.device_id, number) for number in (1, 2, 3)]
    assert two.taken() == made
    with two.second.read() as db:
        assert db.execute("SELECT state, count FROM parcels").fetchall() == [("received", 3)]
    settle_new_job(two.first, "job-4", user=TECHNICIAN.username)
    await two.first.write(lambda db: db.execute("UPDATE outbox SET state = 'waiting' WHERE sequence = 2").rowcount)
    await sync.run()
    with two.first.read() as db:
        assert (outbox.count_waiting(db), outbox.count_refused(db)) == (0, 0)
        assert [job.outbox for job in jobs.history(db, 10)] == ["received"] * 4
    assert two.taken() == [*made, (two.first.identity.device_id, 4)]


async def test_from_the_disk_of_a_broken_tablet(two: TwoTablets, tmp_path: Path) -> None:
    await two.login(two.first)
    settle_new_job(two.first, "job-1", user=TECHNICIAN.username)
    shutil.copytree(two.first.folder, tmp_path / "disk")
    (tmp_path / "disk" / "vault.key").unlink()
    await carry(two, tmp_path / "disk", tmp_path)
    assert two.taken() == [(two.first.identity.device_id, 1)]


async def test_both_ways_at_once(two: TwoTablets, tmp_path: Path) -> None:
    sync = await two.login(two.first)
    for number in range(1, 9):
        settle_new_job(two.first, f"job-{number}", user=TECHNICIAN.username)
    await asyncio.gather(carry(two, two.first.folder, tmp_path), sync.run())
    assert two.taken() == [(two.first.identity.device_id, number) for number in range(1, 9)]
    with two.first.read() as db:
        assert (outbox.count_waiting(db), outbox.count_refused(db)) == (0, 0)
    with two.second.read() as db:
        assert [row[0] for row in db.execute("SELECT state FROM parcels")] == ["received"]


async def test_a_tablet_that_was_started_anew_sends_what_the_former_one_left(two: TwoTablets) -> None:
    await two.login(two.first)
    settle_new_job(two.first, "job-1", user=TECHNICIAN.username)
    with two.first.read() as db:
        (left,) = db.execute("SELECT envelope FROM outbox").fetchone()
    settle_new_job(two.second, "job-9", user=TECHNICIAN.username)

    def carry_over(db: TabletDatabase) -> None:
        """As a rescue does: it numbers the former tablet's envelopes far behind its own."""
        carried = [left, left, CARRIED_FROM]
        db.execute("UPDATE outbox SET envelope = ?, key = json_extract(?, '$.key'), sequence = ?", carried)
        db.execute("UPDATE counters SET value = 0 WHERE name = 'sequence'")

    await two.second.write(carry_over)
    await (await two.login(two.second)).run()
    assert two.taken() == [(two.first.identity.device_id, 1)]
    with two.second.read() as db:
        assert (outbox.count_waiting(db), outbox.count_refused(db)) == (0, 0)
