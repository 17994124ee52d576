"""What a tablet does to its disk, step by step, and what it may promise after each.

A step is one transaction, or the opening of the store. A promise is checked on the store that is found later: after a
power cut, after an error of the disk, in another process.
"""

import importlib.util
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from agent.domain.activity import Activity
from agent.domain.attempt import AttemptEvent, AttemptState
from agent.domain.exchange import Receipt, ReceiptState
from agent.store import Store, accounts, attempts, jobs, load_profiles, outbox, settings
from agent.store.counters import COUNTERS_FILE, Counter, Counters
from agent.store.database import FILE_NAME
from agent.store.identity import Identity
from agent.store.load_profiles import KeptRow
from agent.store.migrations import MIGRATIONS, statements_of
from agent.store.settings import Setting
from agent.store.vault import FILE_NAME as VAULT
from agent.store.vault import FileKeeper
from tests.faults import second_copy
from tests.store.samples import NOW, SERIAL, USER, envelope_for, new_job, settle_new_job, settlement, write

Check = Callable[[Store, Path], None]
ROWS_A_BATCH = 40
LONG_RESULT = {"rows": ["0123456789abcdef" * 16] * 16}


@dataclass(frozen=True)
class Promise:
    """What the tablet has said of its memory; `holds` raises AssertionError if it is not so. To look may need to
    write."""

    text: str
    holds: Check
    writes: bool = False
    copied: str | None = None
    """The key of an envelope that stands in the second copy too."""


@dataclass
class TabletAtWork:
    """A tablet in a folder; between two steps its store may be open or not."""

    folder: Path
    found: Store | None = None

    @property
    def store(self) -> Store:
        """The open store."""
        assert self.found is not None, "the store is not open"
        return self.found

    def close(self) -> None:
        """Closes the store, if it is open."""
        if self.found is not None:
            self.found.close()
            self.found = None


Step = Callable[[TabletAtWork], list[Promise]]
"""Does one thing, and tells what holds from then on. After an error it can be done once more."""


@dataclass(frozen=True)
class Workload:
    """`prepare` fills the folder before the disk is watched, and tells what holds from the beginning."""

    name: str
    steps: tuple[Step, ...]
    prepare: Callable[[Path], list[Promise]] = lambda _folder: []


def open_store(folder: Path) -> Store:
    """As the agent does at its start."""
    store = Store.open(folder, keeper=FileKeeper(folder))
    write(store, lambda db: jobs.interrupt_running(db, NOW))
    return store


# ── steps ────────────────────────────────────────────────────────────────────────────────────────


def start(tablet: TabletAtWork) -> list[Promise]:
    """The program starts."""
    tablet.found = Store.open(tablet.folder, keeper=FileKeeper(tablet.folder))
    return [same_tablet(tablet.found.identity.device_id)]


def stop(tablet: TabletAtWork) -> list[Promise]:
    """The program ends; its last connection moves the log into the file."""
    tablet.close()
    return []


def often_into_the_file(tablet: TabletAtWork) -> list[Promise]:
    """From now on, SQLite moves its log into the file after a few pages."""
    write(tablet.store, lambda db: db.execute("PRAGMA wal_autocheckpoint = 8").fetchone())
    return []


def log_in(tablet: TabletAtWork) -> list[Promise]:
    """A user is remembered."""
    until = NOW + timedelta(days=7)
    write(tablet.store, lambda db: accounts.remember(db, USER, "$argon2id$of-the-tests", until))
    write(tablet.store, lambda db: settings.put(db, Setting.CLOCK_DRIFT, "1"))

    def holds(store: Store, _folder: Path) -> None:
        with store.read() as db:
            assert accounts.find(db, USER.username).user == USER

    return [Promise("the user may log in offline", holds)]


def begin(job: str) -> Step:
    """A job is created and started."""

    def create(db: Database) -> None:
        jobs.create(db, new_job(job))
        jobs.start(db, job, NOW)

    def step(tablet: TabletAtWork) -> list[Promise]:
        write(tablet.store, create)
        return [Promise(f"{job} is known", lambda store, _folder: _is_known(store, job))]

    return step


def settle(job: str) -> Step:
    """A job ends: result and envelope are saved."""

    def step(tablet: TabletAtWork) -> list[Promise]:
        ending = replace(settlement(tablet.store.identity, job), result=LONG_RESULT)
        write(tablet.store, lambda db: jobs.settle(db, job, ending))
        return [saved(tablet.store, job)]

    return step


def intend_charge(job: str) -> Step:
    """A charge is meant to be made."""

    def create(db: Database) -> None:
        jobs.create(db, replace(new_job(job), activity=Activity.CREDIT_CHARGE))
        attempts.begin(db, job, SERIAL, NOW)
        jobs.start(db, job, NOW)

    def step(tablet: TabletAtWork) -> list[Promise]:
        write(tablet.store, create)
        return [Promise(f"{job} is known", lambda store, _folder: _is_known(store, job))]

    return step


def send_charge(job: str) -> Step:
    """The evidence is on the disk: from now on, the first octet may leave."""
    evidence: attempts.Evidence = {"balance": "1200", "token": 7}

    def step(tablet: TabletAtWork) -> list[Promise]:
        write(tablet.store, lambda db: attempts.advance(db, job, AttemptEvent.SEND, NOW, evidence))

        def holds(store: Store, _folder: Path) -> None:
            with store.read() as db:
                attempt, found = attempts.find(db, job), jobs.get(db, job)
            assert attempt is not None and attempt.evidence == evidence, attempt
            known = {AttemptState.SENT: "running", AttemptState.UNKNOWN: "unknown", AttemptState.APPLIED: "done"}
            assert found.state == known.get(attempt.state), (found, attempt)
            assert found.state != "unknown" or found.error_code == "outcome-unknown", found

        return [Promise(f"{job} was sent", holds)]

    return step


def settle_charge(job: str) -> Step:
    """The meter has answered: the charge is made."""

    def step(tablet: TabletAtWork) -> list[Promise]:
        build = envelope_for(tablet.store.identity, job)
        ending = jobs.Settlement("done", NOW, {"balance": "2200"}, build_envelope=build, attempt=AttemptEvent.CONFIRMED)
        write(tablet.store, lambda db: jobs.settle(db, job, ending))

        def holds(store: Store, _folder: Path) -> None:
            with store.read() as db:
                attempt = attempts.find(db, job)
            assert attempt is not None and attempt.state is AttemptState.APPLIED, attempt

        return [saved(tablet.store, job), Promise(f"{job} is applied", holds)]

    return step


def begin_profile(job: str) -> Step:
    """A load profile is to be fetched."""
    new = replace(new_job(job), activity=Activity.LOAD_PROFILE)

    def create(db: Database) -> None:
        jobs.create(db, new)
        load_profiles.begin(db, job, SERIAL, NOW - timedelta(days=30), NOW, new_only=False)
        jobs.start(db, job, NOW)

    def step(tablet: TabletAtWork) -> list[Promise]:
        write(tablet.store, create)
        return [Promise(f"{job} is known", lambda store, _folder: _is_known(store, job))]

    return step


def add_rows(job: str, batch: int) -> Step:
    """Some rows of it are there, with the place from which to go on."""
    first = batch * ROWS_A_BATCH
    rows = [KeptRow(900 * number, json.dumps([str(number), "0"])) for number in range(first, first + ROWS_A_BATCH)]

    def append(db: Database) -> None:
        profile = load_profiles.find(db, job)
        assert profile is not None
        load_profiles.append(db, profile.id, first, rows)

    def holds(store: Store, _folder: Path) -> None:
        with store.read() as db:
            profile = load_profiles.find(db, job)
            assert profile is not None and profile.rows >= first + ROWS_A_BATCH, profile
            kept = list(db.query("SELECT number, cells FROM load_profile_rows ORDER BY number"))
        assert [row["number"] for row in kept] == list(range(profile.rows))
        assert [row["cells"] for row in kept[first : first + ROWS_A_BATCH]] == [row.cells for row in rows]

    def step(tablet: TabletAtWork) -> list[Promise]:
        write(tablet.store, append)
        return [Promise(f"{job} has the rows of batch {batch}", holds)]

    return step


def receive(job: str) -> Step:
    """SMM's receipt is recorded."""

    def record(db: Database) -> None:
        key = db.execute("SELECT key FROM outbox WHERE job = ?", [job]).fetchone()[0]
        receipt = Receipt(key=key, state=ReceiptState.ACCEPTED, received_at=datetime.now(UTC))
        outbox.record(db, [receipt], NOW)

    def step(tablet: TabletAtWork) -> list[Promise]:
        write(tablet.store, record)
        return [Promise(f"{job} is received", lambda store, _folder: _is_received(store, job))]

    return step


def take_counters(count: int) -> Step:
    """Invocation counters are given out."""

    def step(tablet: TabletAtWork) -> list[Promise]:
        counter = _counter(tablet.folder)
        counter.reserve()
        last = [counter.next() for _ in range(count)][-1]

        def holds(_store: Store, folder: Path) -> None:
            assert _counter(folder).next() > last, "an invocation counter is given out twice"

        return [Promise(f"invocation counter {last} is used up", holds, writes=True)]

    return step


# ── promises ─────────────────────────────────────────────────────────────────────────────────────


def same_tablet(device: str) -> Promise:
    """The tablet is the one it was."""

    def holds(store: Store, _folder: Path) -> None:
        assert store.identity.device_id == device, "another identity"

    return Promise("the tablet keeps its identity", holds)


def saved(store: Store, job: str) -> Promise:
    """What the page calls saved: state, result and envelope."""
    with store.read() as db:
        wanted = jobs.get(db, job)
        row = next(db.query("SELECT key, sequence, envelope FROM outbox WHERE job = ?", [job]))

    def holds(store: Store, _folder: Path) -> None:
        with store.read() as db:
            found = jobs.get(db, job)
            kept = list(db.query("SELECT key, sequence, envelope FROM outbox WHERE job = ?", [job]))
        assert (found.state, found.result) == (wanted.state, wanted.result), f"{job} is {found.state}"
        assert kept == [row], f"{job} has other envelopes"

    return Promise(f"{job} is saved as {row['sequence']}", holds, copied=row["key"])


def is_copied(folder: Path, promises: list[Promise]) -> None:
    """What is saved is saved twice. Raises: AssertionError."""
    if second_copy.IS_KEPT:
        kept = second_copy.rows(folder, "outbox")
        missing = [each.text for each in promises if each.copied is not None and each.copied not in kept]
        assert not missing, f"not in the second copy: {missing}"


def check(folder: Path, promises: list[Promise]) -> None:
    """What must hold of every folder that is found. Raises: AssertionError, StoreError."""
    store = open_store(folder)
    try:
        for promise in promises:
            promise.holds(store, folder)
        _is_sound(store)
        _goes_on(store)
        device = store.identity.device_id
    finally:
        store.close()
    store = open_store(folder)
    try:
        assert store.identity.device_id == device, "another identity at the second start"
        _is_sound(store)
    finally:
        store.close()
    is_copied(folder, promises)


def _is_sound(store: Store) -> None:
    with store.read() as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchone() is None
        numbers = [row["sequence"] for row in db.query("SELECT sequence FROM outbox ORDER BY sequence")]
        last = db.execute("SELECT value FROM counters WHERE name = 'sequence'").fetchone()[0]
        half = db.execute(
            "SELECT count(*) FROM jobs WHERE state = 'done' AND id NOT IN (SELECT job FROM outbox)"
        ).fetchone()[0]
    assert numbers == list(range(1, last + 1)), f"sequences {numbers} of {last}"
    assert half == 0, "a job is done without its envelope"


def _goes_on(store: Store) -> None:
    """The next job gets a number of its own."""
    with store.read() as db:
        last = db.execute("SELECT coalesce(max(sequence), 0) FROM outbox").fetchone()[0]
    settle_new_job(store, "next")
    with store.read() as db:
        number = db.execute("SELECT sequence FROM outbox WHERE job = 'next'").fetchone()[0]
    assert number == last + 1


def _is_known(store: Store, job: str) -> None:
    with store.read() as db:
        jobs.get(db, job)


def _is_received(store: Store, job: str) -> None:
    with store.read() as db:
        assert jobs.get(db, job).outbox == "received"


def _counter(folder: Path) -> Counter:
    return Counters(folder / COUNTERS_FILE).counter(b"EPLUS001", b"k" * 16)


# ── folders ──────────────────────────────────────────────────────────────────────────────────────


def _used(folder: Path) -> list[Promise]:
    """A tablet that was started before, with one job that waits."""
    store = open_store(folder)
    settle_new_job(store, "before")
    promises = [same_tablet(store.identity.device_id), saved(store, "before")]
    store.close()
    return promises


def _without_its_database(folder: Path) -> list[Promise]:
    """The same, and its database is lost; the second copy is not."""
    promises = [replace(promise, copied=None) for promise in _used(folder)]
    for suffix in ("", "-wal", "-shm"):
        (folder / (FILE_NAME + suffix)).unlink(missing_ok=True)
    return promises


def _of_the_first_version(folder: Path) -> list[Promise]:
    """A tablet whose program is updated, with jobs that wait: its file has the first schema."""
    identity, kept = _identity_of_a_new_tablet(folder)
    db = Database(folder / FILE_NAME, recursive_triggers=False)
    with db.atomic():
        for statement in statements_of(MIGRATIONS[0]):
            db.execute(statement)
        db.execute("PRAGMA user_version = 1")
    with db.atomic():
        db.execute("INSERT INTO identity (id, keeper, vault, box) VALUES (1, ?, ?, ?)", kept)
        for number in (1, 2):
            _old_job(db, identity, number)
    db.close()
    return _old_promises(folder)


def _old_promises(folder: Path) -> list[Promise]:
    """Found out with a copy, so that the file stays old."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "copy"
        shutil.copytree(folder, copy)
        store = open_store(copy)
        promises = [same_tablet(store.identity.device_id), saved(store, "old-1"), saved(store, "old-2")]
        store.close()
    return [replace(promise, copied=None) for promise in promises]


def _identity_of_a_new_tablet(folder: Path) -> tuple[Identity, list[object]]:
    """With the key of its vault in the folder, and its row, which has been the same since the first schema."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        store = open_store(Path(scratch))
        with store.read() as db:
            row = db.execute("SELECT keeper, vault, box FROM identity").fetchone()
        store.close()
        shutil.copy(Path(scratch) / VAULT, folder / VAULT)
    return store.identity, list(row)


def _old_job(db: Database, identity: Identity, number: int) -> None:
    job = f"old-{number}"
    db.execute(
        "INSERT INTO jobs (id, activity, serial, username, state, created_at, ended_at, result)"
        " VALUES (?, 'reading', ?, ?, 'done', ?, ?, '{}')",
        [job, SERIAL, USER.username, NOW.isoformat(), NOW.isoformat()],
    )
    envelope = envelope_for(identity, job)(number)
    db.execute(
        "INSERT INTO outbox (key, job, sequence, envelope, state) VALUES (?, ?, ?, ?, 'waiting')",
        [envelope["key"], job, number, json.dumps(envelope)],
    )
    db.execute("UPDATE counters SET value = ? WHERE name = 'sequence'", [number])


def _start_with_old_jobs(tablet: TabletAtWork) -> list[Promise]:
    return [*start(tablet), saved(tablet.store, "old-1"), saved(tablet.store, "old-2")]


def _two_jobs(first: int) -> tuple[Step, ...]:
    return tuple(step for n in (first, first + 1) for step in (begin(f"job-{n}"), settle(f"job-{n}")))


def _charge_sent(job: str) -> tuple[Step, Step]:
    return intend_charge(job), send_charge(job)


_RESCUES = (
    (Workload("lost-database", (start, *_two_jobs(1), stop, start), _without_its_database),)
    if importlib.util.find_spec("agent.store.rescue")
    else ()
)
WORKLOADS = (
    Workload("first-start", (start, log_in, *_two_jobs(1), stop, start)),
    Workload("jobs", (start, *_two_jobs(1), *_two_jobs(3), stop), _used),
    Workload(
        "charge",
        (start, *_charge_sent("c-1"), settle_charge("c-1"), *_charge_sent("c-2"), stop),
        _used,
    ),
    Workload(
        "profile",
        (start, begin_profile("p-1"), *(add_rows("p-1", batch) for batch in range(4)), settle("p-1"), stop),
        _used,
    ),
    Workload("receipts", (start, *_two_jobs(1), receive("job-1"), receive("job-2"), stop, start), _used),
    Workload("old-file", (_start_with_old_jobs, *_two_jobs(1), stop), _of_the_first_version),
    Workload("checkpoint", (start, often_into_the_file, *_two_jobs(1), *_two_jobs(3), stop, start), _used),
    *_RESCUES,
    Workload("counters", (start, take_counters(3), take_counters(1), take_counters(1025)), _used),
)
