"""The life of a job on the disk."""

from datetime import timedelta
from functools import partial

import pytest

from agent.domain.attempt import AttemptEvent
from agent.domain.errors import InputError, StoreError
from agent.domain.exchange import Receipt, ReceiptState
from agent.store import Store, attempts, jobs, outbox
from tests.store.samples import NOW, SERIAL, new_job, settle_new_job, settlement, write


def test_a_settled_job_comes_back_as_it_was(store: Store) -> None:
    settle_new_job(store, "job-1")
    with store.read() as db:
        record = jobs.get(db, "job-1")
    assert (record.state, record.serial, record.user) == ("done", SERIAL, "mrossi")
    assert record.result == {"total": "1352143", "t1": 55134}
    assert (record.created_at, record.started_at, record.ended_at) == (NOW, NOW, NOW + timedelta(seconds=9))
    assert (record.outbox, record.received_at, record.error_code) == ("waiting", None, None)


def test_a_failed_job_keeps_its_error(store: Store) -> None:
    write(store, lambda db: jobs.create(db, new_job()))
    failed = jobs.Settlement("failed", NOW, error_code="other-meter", error_params={"expected": "A", "found": "B"})
    write(store, lambda db: jobs.settle(db, "job-1", failed))
    with store.read() as db:
        record = jobs.get(db, "job-1")
        assert [job.id for job in jobs.history(db, 10)] == ["job-1"], "SMM gets no envelope, so nothing is pending"
    assert (record.state, record.error_code, record.error_params) == (
        "failed",
        "other-meter",
        {"expected": "A", "found": "B"},
    )
    assert record.outbox is None


def test_a_job_is_settled_once(store: Store) -> None:
    settle_new_job(store, "job-1")
    with pytest.raises(StoreError, match="already done"):
        write(store, lambda db: jobs.settle(db, "job-1", settlement(store.identity)))
    with store.read() as db:
        assert outbox.count_waiting(db) == 1
        assert db.execute("SELECT value FROM counters WHERE name = 'sequence'").fetchone() == (1,)


def test_an_envelope_that_cannot_be_built_undoes_the_settlement(store: Store) -> None:
    def fail(_sequence: int) -> dict[str, object]:
        raise StoreError("no")

    write(store, lambda db: jobs.create(db, new_job()))
    with pytest.raises(StoreError, match="no"):
        write(store, lambda db: jobs.settle(db, "job-1", jobs.Settlement("done", NOW, {}, build_envelope=fail)))
    with store.read() as db:
        assert jobs.get(db, "job-1").state == "queued"
    write(store, lambda db: jobs.settle(db, "job-1", settlement(store.identity)))
    with store.read() as db:
        assert [entry.sequence for entry in outbox.waiting(db, 10)] == [1], "no number is lost"


def test_unknown_job_and_wrong_states(store: Store) -> None:
    for change in (
        lambda db: jobs.start(db, "no", NOW),
        lambda db: jobs.settle(db, "no", settlement(store.identity)),
        lambda db: jobs.dismiss(db, "no", NOW),
    ):
        with pytest.raises(InputError) as refused:
            write(store, change)
        assert refused.value.code == "unknown-job"
    write(store, lambda db: jobs.create(db, new_job()))
    with pytest.raises(StoreError, match="already queued"):
        write(store, lambda db: jobs.dismiss(db, "job-1", NOW))
    with store.read() as db, pytest.raises(InputError):
        jobs.get(db, "no")


def test_what_was_running_is_interrupted_and_can_be_dismissed(store: Store) -> None:
    write(store, lambda db: jobs.create(db, new_job("queued")))
    write(store, lambda db: jobs.create(db, new_job("running")))
    write(store, lambda db: jobs.start(db, "running", NOW))
    settle_new_job(store, "settled")
    assert write(store, lambda db: jobs.interrupt_running(db, NOW)) == 2
    with store.read() as db:
        assert [(job.id, job.state) for job in jobs.pending(db)] == [
            ("settled", "done"),
            ("running", "interrupted"),
            ("queued", "interrupted"),
        ]
        assert jobs.get(db, "running").error_code == "job-interrupted"
    write(store, lambda db: jobs.dismiss(db, "running", NOW))
    with store.read() as db:
        assert [job.id for job in jobs.pending(db)] == ["settled", "queued"]
        assert [job.id for job in jobs.history(db, 10)] == ["running"]


@pytest.mark.parametrize("sent", [True, False])
def test_a_change_that_was_sent_when_the_program_died_is_not_to_be_repeated(store: Store, sent: bool) -> None:
    write(store, lambda db: jobs.create(db, new_job()))
    write(store, lambda db: attempts.begin(db, "job-1", SERIAL, NOW))
    write(store, lambda db: jobs.start(db, "job-1", NOW))
    if sent:
        write(store, lambda db: attempts.advance(db, "job-1", AttemptEvent.SEND, NOW, {}))
    write(store, lambda db: jobs.interrupt_running(db, NOW))
    with store.read() as db:
        record = jobs.get(db, "job-1")
    assert record.state == ("unknown" if sent else "interrupted")
    assert record.error_code == ("outcome-unknown" if sent else "job-interrupted")


def test_pending_is_newest_first_and_receipts_move_jobs_to_history(store: Store) -> None:
    for number in range(4):
        settle_new_job(store, f"job-{number}")
    with store.read() as db:
        keys = [entry.key for entry in outbox.waiting(db, 10)]
    states = [ReceiptState.ACCEPTED, ReceiptState.DUPLICATE, ReceiptState.CONFLICT, ReceiptState.REJECTED]
    receipts = [
        Receipt(key=key, state=state, received_at=NOW, reason="why") for key, state in zip(keys, states, strict=True)
    ]
    write(store, lambda db: outbox.record(db, receipts, NOW))
    with store.read() as db:
        assert [job.id for job in jobs.history(db, 10)] == ["job-1", "job-0"]
        assert [job.id for job in jobs.history(db, 1)] == ["job-1"]
        rejected, conflict = jobs.pending(db)
        assert (outbox.count_waiting(db), outbox.count_refused(db)) == (0, 2)
    assert (rejected.id, rejected.outbox, rejected.refusal, rejected.refusal_reason) == (
        "job-3",
        "refused",
        "smm-rejected",
        "why",
    )
    assert (conflict.id, conflict.refusal, conflict.received_at) == ("job-2", "smm-conflict", None)


def test_a_late_receipt_changes_nothing(store: Store) -> None:
    settle_new_job(store, "job-1")
    with store.read() as db:
        (entry,) = outbox.waiting(db, 10)
    for state in (ReceiptState.ACCEPTED, ReceiptState.REJECTED):
        receipt = Receipt(key=entry.key, state=state, received_at=NOW, reason="late")
        write(store, partial(outbox.record, receipts=[receipt], at=NOW))
    with store.read() as db:
        assert (jobs.get(db, "job-1").outbox, outbox.count_refused(db)) == ("received", 0)


def test_waiting_goes_in_order_and_on_from_a_number(store: Store) -> None:
    for number in range(5):
        settle_new_job(store, f"job-{number}")
    with store.read() as db:
        assert [entry.sequence for entry in outbox.waiting(db, 3)] == [1, 2, 3]
        assert [entry.sequence for entry in outbox.waiting(db, 3, after=3)] == [4, 5]
        assert outbox.waiting(db, 1)[0].envelope["sequence"] == 1


def test_waiting_is_not_longer_than_wanted_but_never_empty(store: Store) -> None:
    for number in range(4):
        settle_new_job(store, f"job-{number}")
    with store.read() as db:
        length = max(len(row["envelope"]) for row in db.query("SELECT envelope FROM outbox"))
        for characters, expected in ((1, [1]), (2 * length, [1, 2]), (9 * length, [1, 2, 3, 4])):
            assert [entry.sequence for entry in outbox.waiting(db, 10, characters=characters)] == expected
