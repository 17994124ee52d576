"""The tablet before it is damaged: jobs in every state, in a folder that was closed, or left behind by a kill."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from agent.domain.activity import Activity
from agent.domain.attempt import AttemptEvent
from agent.domain.exchange import FailurePayload
from agent.store import Store, accounts, attempts, jobs, load_profiles
from agent.store.counters import COUNTERS_FILE, Counters
from agent.store.database import FILE_NAME
from agent.store.load_profiles import KeptRow
from tests.damage import tablet
from tests.faults.central import TECHNICIAN, CentralSystem, central_system
from tests.faults.workloads import LONG_RESULT, open_store
from tests.store.samples import NOW, SERIAL, USER, envelope_for, new_job, settlement, write

CHARGE = "charge-sent"
EVIDENCE: attempts.Evidence = {"balance": "1200", "token": 7}
UNKNOWN_METER = "UAAEEDN19999999999"
ROWS = 120
_RECEIVED, _WAITING = 3, 6


@dataclass(frozen=True)
class Template:
    """What there was. `older` is a backup of the folder from before the waiting jobs, `other` another tablet."""

    closed: Path
    killed: Path
    older: Path
    other: Path
    device: str
    envelopes: dict[str, dict[str, Any]]
    sequences: dict[str, int]
    central: CentralSystem
    central_state: Path

    def folder(self, variant: str) -> Path:
        """The folder to be damaged."""
        return self.closed if variant == "closed" else self.killed


@contextmanager
def template(root: Path) -> Iterator[Template]:
    """Makes it, with an SMM that serves until the block ends."""
    with central_system(root) as central:
        closed, killed, older, other = (root / name for name in ("closed", "killed", "older", "other"))
        _fill_other(other)
        store = open_store(closed)
        _first_visit(store)
        failed = tablet.synchronise(store, central.url)
        assert failed is None, failed
        _copy_running(closed, older)
        open_store(older).close()
        _second_visit(store, closed)
        _copy_running(closed, killed)
        device = store.identity.device_id
        store.close()
        envelopes, sequences = _outbox(closed)
        central.save(root / "central.saved")
        yield Template(closed, killed, older, other, device, envelopes, sequences, central, root / "central.saved")


def settle(store: Store, job: str, serial: str = SERIAL) -> None:
    """A job from its creation to its end."""
    failure = FailurePayload(serial=serial, code="no-answer", params={"seconds": 30})
    build = envelope_for(store.identity, job, TECHNICIAN.username, outcome=failure)
    ending = replace(settlement(store.identity, job), result=LONG_RESULT, build_envelope=build)
    write(store, lambda db: jobs.create(db, replace(new_job(job), user=TECHNICIAN.username, serial=serial)))
    write(store, lambda db: jobs.start(db, job, NOW))
    write(store, lambda db: jobs.settle(db, job, ending))


def _first_visit(store: Store) -> None:
    for number in range(_RECEIVED):
        settle(store, f"received-{number}")
    settle(store, "refused", UNKNOWN_METER)


def _second_visit(store: Store, folder: Path) -> None:
    for number in range(_WAITING):
        settle(store, f"waiting-{number}")
    _fetch_profile(store)
    write(store, lambda db: jobs.create(db, new_job("interrupted")))
    write(store, lambda db: jobs.start(db, "interrupted", NOW))
    write(store, lambda db: jobs.interrupt(db, "interrupted", NOW, "link-lost"))
    _send_charge(store)
    counter = Counters(folder / COUNTERS_FILE).counter(b"EPLUS001", b"k" * 16)
    counter.reserve()
    until = NOW + timedelta(days=7)
    write(store, lambda db: accounts.remember(db, USER, "$argon2id$of-the-tests", until))


def _fetch_profile(store: Store) -> None:
    job = replace(new_job("profile"), activity=Activity.LOAD_PROFILE)
    rows = [KeptRow(900 * number, json.dumps([str(number), "0"])) for number in range(ROWS)]
    write(store, lambda db: jobs.create(db, job))
    write(store, lambda db: load_profiles.begin(db, job.id, SERIAL, NOW - timedelta(days=1), NOW, new_only=False))
    write(store, lambda db: jobs.start(db, job.id, NOW))
    write(store, lambda db: load_profiles.append(db, 1, 0, rows))
    write(store, lambda db: jobs.settle(db, job.id, settlement(store.identity, job.id, TECHNICIAN.username)))


def _send_charge(store: Store) -> None:
    write(store, lambda db: jobs.create(db, replace(new_job(CHARGE), activity=Activity.CREDIT_CHARGE)))
    write(store, lambda db: attempts.begin(db, CHARGE, SERIAL, NOW))
    write(store, lambda db: jobs.start(db, CHARGE, NOW))
    write(store, lambda db: attempts.advance(db, CHARGE, AttemptEvent.SEND, NOW, EVIDENCE))


def _fill_other(folder: Path) -> None:
    store = open_store(folder)
    settle(store, "of-another-tablet")
    store.close()


def _copy_running(folder: Path, target: Path) -> None:
    """As it lies on the disk while the store is open: what a kill leaves."""
    shutil.copytree(folder, target)


def _outbox(folder: Path) -> tuple[dict[str, dict[str, Any]], dict[str, int]]:
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        rows = connection.execute("SELECT key, envelope, sequence FROM outbox").fetchall()
    return {key: json.loads(text) for key, text, _ in rows}, {key: sequence for key, _, sequence in rows}
