"""The second copy beside the database."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from agent.domain.attempt import AttemptEvent
from agent.domain.exchange import Receipt, ReceiptState
from agent.store import Store, attempts, copy, jobs, outbox
from agent.store.copy import FILE_NAME, SecondCopy
from tests.store.samples import NOW, SERIAL, new_job, settle_new_job, write


def begin_change(db: Database) -> None:
    jobs.create(db, new_job())
    attempts.begin(db, "job-1", SERIAL, NOW)
    jobs.start(db, "job-1", NOW)


def send(db: Database) -> None:
    attempts.advance(db, "job-1", AttemptEvent.SEND, NOW, {"credit_wh": 5})


def settle(store: Store) -> str:
    settle_new_job(store)
    with store.read() as db:
        return outbox.waiting(db, 1)[0].key


def lines_of(folder: Path) -> bytes:
    return (folder / FILE_NAME).read_bytes().rstrip(b"\n")


def test_the_identity_is_copied_at_the_first_start(store: Store, tmp_path: Path) -> None:
    with store.read() as db:
        box = db.execute("SELECT box FROM identity").fetchone()[0]
    assert copy.read(tmp_path).rows["identity"][1]["box"] == box


def test_what_is_settled_is_in_the_copy_when_it_is_said_to_be_saved(store: Store, tmp_path: Path) -> None:
    key = settle(store)
    found = copy.read(tmp_path)
    with store.read() as db:
        assert found.rows["outbox"][key]["envelope"] == db.execute("SELECT envelope FROM outbox").fetchone()[0]
    assert found.rows["jobs"]["job-1"]["state"] == "done"
    assert found.damaged == 0


def test_a_change_that_was_sent_is_in_the_copy_with_its_job(store: Store, tmp_path: Path) -> None:
    write(store, begin_change)
    write(store, send)
    rows = copy.read(tmp_path).rows
    assert rows["attempts"]["job-1"]["state"] == "sent"
    assert rows["attempts"]["job-1"]["evidence"] == '{"credit_wh": 5}'
    assert rows["jobs"]["job-1"]["serial"] == SERIAL


def test_a_receipt_adds_no_second_envelope(store: Store, tmp_path: Path) -> None:
    key = settle(store)
    before = len(lines_of(tmp_path))
    receipt = Receipt(key=key, state=ReceiptState.ACCEPTED, received_at=NOW)
    write(store, lambda db: outbox.record(db, [receipt], NOW))
    row = copy.read(tmp_path).rows["outbox"][key]
    assert (row["state"], row["job"]) == ("received", "job-1")
    assert len(lines_of(tmp_path)) - before < len(row["envelope"]) / 2


def test_what_did_not_happen_is_not_copied(store: Store, tmp_path: Path) -> None:
    def fails(db: Database) -> None:
        begin_change(db)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        write(store, fails)
    write(store, lambda db: jobs.create(db, new_job("job-2")))
    assert copy.read(tmp_path).rows["jobs"] == {}


def test_what_could_not_be_copied_is_copied_later(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without_disk:
        without_disk.setattr("agent.store.copy._sync", _fails)
        key = settle(store)
    write(store, lambda db: jobs.create(db, new_job("job-2")))
    assert key in copy.read(tmp_path).rows["outbox"]


def _fails(_file: int) -> None:
    raise OSError(5, "input/output error")


def test_a_line_that_was_torn_loses_itself_only(store: Store, tmp_path: Path) -> None:
    key = settle(store)
    store.close()
    os.truncate(tmp_path / FILE_NAME, len(lines_of(tmp_path)) - 5)
    second = SecondCopy(tmp_path)
    second.append([copy.line_of("jobs", {"id": "job-9", "state": "done"})], durable=True)
    second.close()
    found = copy.read(tmp_path)
    assert "job-9" in found.rows["jobs"]
    assert (found.damaged, key in found.rows["outbox"]) == (1, False)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_loses_the_damaged_lines_only(tmp_path: Path, data: st.DataObject) -> None:
    lines = [copy.line_of("jobs", {"id": f"job-{number}", "result": "x" * number}) for number in range(8)]
    content = bytearray(b"".join(lines))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    still_whole = {f"job-{number}" for number, line in enumerate(lines) if line in bytes(content)}
    (tmp_path / FILE_NAME).write_bytes(content)
    assert still_whole <= set(copy.read(tmp_path).rows["jobs"])


def test_a_renewed_copy_has_all_that_the_database_has(store: Store, tmp_path: Path) -> None:
    settle(store)
    write(store, lambda db: jobs.create(db, new_job("job-2")))
    (tmp_path / FILE_NAME).unlink()
    with store.read() as db:
        copy.renew(tmp_path, db)
    rows = copy.read(tmp_path).rows
    assert set(rows["jobs"]) == {"job-1", "job-2"}
    assert len(rows["outbox"]) == len(rows["identity"]) == 1
