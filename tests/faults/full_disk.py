"""A tablet's day on a small disk that is full. `python -m tests.faults.full_disk FOLDER`

FOLDER is on a file system of its own, of some tens of megabytes; see `test_full_disk`.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from click.testing import CliRunner

from agent.api.exporting import ExportMethods
from agent.api.message import Empty
from agent.commands.main import cli
from agent.domain.activity import Activity
from agent.domain.attempt import AttemptEvent
from agent.domain.errors import StorageFull
from agent.domain.parcel import read_parcel
from agent.store import Store, attempts, jobs, outbox, settings
from agent.store.copy import read
from agent.store.reserve import room_for_jobs
from agent.store.settings import Setting
from agent.sync import SmmClient, Sync
from tests.store.samples import NOW, SERIAL, USER, new_job, settle_new_job, settlement, write
from tests.sync.servers import PASSWORD, FixedClock, SmallSmm, serving

# More than fits into the free pages of the existing files.
RESULT = {"rows": ["0123456789abcdef" * 64] * 256}


def main(folder: Path) -> None:
    data = folder / "data"
    with opened(data) as store:
        assert (store.writer.reserve.is_whole, room_for_jobs(data)) == (True, None)
    scenarios = (full_before_sent, full_after_sent, nothing_left, login_and_sync, opened_when_full, exported_when_full)
    for scenario in scenarios:
        scenario(folder, data)
    fill(folder / "filler")
    refuse_to_open(folder / "fresh")
    (folder / "filler").unlink()
    Store.open(folder / "fresh").close()
    print("survived")


def full_before_sent(folder: Path, data: Path) -> None:
    with opened(data) as store:
        begin_change(store, "before-sent")
        with full(folder):
            write(store, lambda db: attempts.advance(db, "before-sent", AttemptEvent.SEND, NOW))
            settle_change(store, "before-sent")
            no_other_job(store)


def full_after_sent(folder: Path, data: Path) -> None:
    with opened(data) as store:
        begin_change(store, "after-sent")
        write(store, lambda db: attempts.advance(db, "after-sent", AttemptEvent.SEND, NOW))
        with full(folder):
            settle_change(store, "after-sent")
            no_other_job(store)


def nothing_left(folder: Path, data: Path) -> None:
    """Even the reserve is used up, as by another program."""
    with opened(data) as store:
        begin(store, "job-1")
        ending = replace(settlement(store.identity), result=RESULT)
        sequence = last_sequence(store)
        with full(folder):
            write(store, lambda db: db.execute("CREATE TABLE big AS SELECT zeroblob(1000000) AS x"))
            fill(folder / "more")
            for _ in range(3):
                refuse(store, ending)
                nothing_changed(store, sequence)
            (folder / "more").unlink()
        write(store, lambda db: jobs.settle(db, "job-1", ending))
        all_there(store, sequence + 1)


def login_and_sync(folder: Path, data: Path) -> None:
    async def work(store: Store, url: str) -> None:
        async with SmmClient(url) as client:
            sync = Sync(store, client, FixedClock(), "tablet of the tests")
            await sync.session.login(USER.username, PASSWORD)
            await sync.run()
            await sync.close()

    with opened(data) as store, serving(SmallSmm()) as url:
        settle_new_job(store, "to-send", user=USER.username)
        with full(folder):
            asyncio.run(work(store, url))
            with store.read() as db:
                assert outbox.count_waiting(db) == 0


def opened_when_full(folder: Path, data: Path) -> None:
    with opened(data) as store:
        assert store.writer.reserve.is_whole
    with full(folder), opened(data) as store:
        write(store, lambda db: db.execute("INSERT INTO settings (name, value) VALUES ('big', zeroblob(500000) || '')"))
        no_other_job(store)


def exported_when_full(folder: Path, data: Path) -> None:
    """To the same disk, while the agent runs, and by a program of its own after it was stopped."""
    with opened(data) as store:
        settle_new_job(store, "to-export")
        key = store.identity.sealing_public.hex()
        write(store, lambda db: settings.put(db, Setting.SMM_PARCEL_KEY, key))
        with full(folder):
            page = ExportMethods(store, FixedClock(), folder / "csv")
            assert asyncio.run(page.export(Empty())).count > 0
            no_other_job(store)
    with opened(data) as store:
        assert store.writer.reserve.is_whole
    with full(folder):
        done = CliRunner().invoke(cli, ["export", "--data", str(data), "--to", str(folder / "a.eplus"), "--json"])
        assert done.exit_code == 0, done.output
    assert read_parcel((folder / "a.eplus").read_bytes()).head.count > 0


@contextmanager
def opened(data: Path) -> Iterator[Store]:
    store = Store.open(data)
    try:
        write(store, lambda _db: None)
        write(store, lambda _db: None)  # the reserve was made after the first one
        yield store
    finally:
        store.close()


@contextmanager
def full(folder: Path) -> Iterator[None]:
    filler = folder / "filler"
    fill(filler)
    yield
    filler.unlink()


def fill(path: Path) -> None:
    """Fills the file system to the last byte."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 16, 4096, 1):
            try:
                while True:
                    if file.write(b"x" * size) < size:
                        break
            except OSError:
                continue


def begin(store: Store, job: str) -> None:
    write(store, lambda db: jobs.create(db, new_job(job)))
    write(store, lambda db: jobs.start(db, job, NOW))


def begin_change(store: Store, job: str) -> None:
    store.writer.reserve.require_room_for_job()
    write(store, lambda db: jobs.create(db, replace(new_job(job), activity=Activity.RECONNECT)))
    write(store, lambda db: attempts.begin(db, job, SERIAL, NOW))
    write(store, lambda db: jobs.start(db, job, NOW))


def settle_change(store: Store, job: str) -> None:
    ending = replace(settlement(store.identity, job), result=RESULT, attempt=AttemptEvent.CONFIRMED)
    write(store, lambda db: jobs.settle(db, job, ending))
    with store.read() as db:
        assert (jobs.get(db, job).state, jobs.get(db, job).outbox) == ("done", "waiting")
        key = outbox.waiting(db, 100)[-1].key
    assert key in read(Path(store.writer.reserve.folder)).rows["outbox"]


def no_other_job(store: Store) -> None:
    assert not store.writer.reserve.is_whole
    assert room_for_jobs(store.writer.reserve.folder) == 0
    try:
        store.writer.reserve.require_room_for_job()
    except StorageFull as error:
        assert error.code == "storage-no-room-for-job"
    else:
        raise AssertionError("a job may begin that could not be settled")


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


def last_sequence(store: Store) -> int:
    with store.read() as db:
        return int(db.execute("SELECT value FROM counters WHERE name = 'sequence'").fetchone()[0])


def nothing_changed(store: Store, sequence: int = 0) -> None:
    with store.read() as db:
        record = jobs.get(db, "job-1")
        assert (record.state, record.result, record.outbox) == ("running", None, None)
        assert [entry.sequence for entry in outbox.waiting(db, 100) if entry.sequence > sequence] == []
    assert last_sequence(store) == sequence


def all_there(store: Store, sequence: int = 1) -> None:
    with store.read() as db:
        record = jobs.get(db, "job-1")
        assert (record.state, record.result, record.outbox) == ("done", RESULT, "waiting")
        assert [entry.sequence for entry in outbox.waiting(db, 100)][-1] == sequence


if __name__ == "__main__":
    main(Path(sys.argv[1]))
