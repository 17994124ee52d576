"""What SMM lacks: what waits again, and what is told as absent."""

from pathlib import Path

import pytest

from agent.domain.errors import InputError
from agent.domain.exchange import Absence, Receipt, ReceiptState, SequenceRange
from agent.store import Store, gaps, jobs, outbox
from tests.store.samples import NOW, settle_new_job, write


@pytest.fixture
def received(tmp_path: Path) -> Store:
    """Jobs with the numbers 1 to 4: received, received, refused, waiting."""
    store = Store.open(tmp_path)
    for number in range(1, 5):
        settle_new_job(store, f"job-{number}")
    states = (ReceiptState.ACCEPTED, ReceiptState.DUPLICATE, ReceiptState.REJECTED)
    with store.read() as db:
        keys = [waiting.key for waiting in outbox.waiting(db, 3)]
    receipts = [
        Receipt(key=key, state=state, received_at=NOW, code="unknown-meter")
        for key, state in zip(keys, states, strict=True)
    ]
    write(store, lambda db: outbox.record(db, receipts, NOW, 5))
    return store


def everything(last: int = 100) -> tuple[SequenceRange, ...]:
    return (SequenceRange(first=1, last=last),)


def test_only_what_was_received_waits_again(received: Store) -> None:
    assert write(received, lambda db: gaps.send_again(db, everything())) == 2
    with received.read() as db:
        assert [waiting.sequence for waiting in outbox.waiting(db, 10)] == [1, 2, 4]
        assert gaps.absences(db, everything(), frozenset()) == ()
    received.close()


def test_a_damaged_row_does_not_wait_again_and_is_told(received: Store) -> None:
    write(received, lambda db: db.execute("UPDATE main.outbox SET digest = 'x' WHERE sequence <= 2"))
    assert write(received, lambda db: gaps.send_again(db, everything())) == 0
    with received.read() as db:
        told = gaps.absences(db, everything(), frozenset())
        assert told == (Absence(first=1, last=2, cause="damaged"),)
        assert gaps.absences(db, everything(), frozenset(told)) == ()
    received.close()


def test_what_was_never_given_out_is_no_loss(received: Store) -> None:
    with received.read() as db:
        assert gaps.absences(db, (SequenceRange(first=5, last=2**53),), frozenset()) == ()
    received.close()


def test_a_refusal_is_retried_where_it_may_pass_and_by_touch(received: Store) -> None:
    assert write(received, lambda db: outbox.retry_passing(db, 5)) == 0
    assert write(received, lambda db: outbox.retry_passing(db, None)) == 0
    assert write(received, lambda db: outbox.retry_passing(db, 6)) == 1
    with pytest.raises(InputError):
        write(received, lambda db: outbox.retry(db, "job-3"))
    received.close()


@pytest.mark.parametrize(("refusal", "may"), [("smm-rejected", True), ("smm-conflict", False)])
def test_a_conflict_is_never_sent_again(received: Store, refusal: str, may: bool) -> None:
    write(received, lambda db: db.execute("UPDATE outbox SET refusal = ? WHERE sequence = 3", [refusal]))
    if may:
        write(received, lambda db: outbox.retry(db, "job-3"))
    else:
        with pytest.raises(InputError):
            write(received, lambda db: outbox.retry(db, "job-3"))
    received.close()


def test_a_refused_job_that_is_closed_is_history(received: Store) -> None:
    write(received, lambda db: outbox.close(db, "job-3", "mrossi", "scrapped", NOW))
    with received.read() as db:
        assert "job-3" not in [job.id for job in jobs.pending(db)]
        closed = jobs.get(db, "job-3")
        assert closed in jobs.history(db, 10)
        told = gaps.absences(db, everything(), frozenset())
    assert (closed.outbox, closed.closed_by, closed.closed_note) == ("closed", "mrossi", "scrapped")
    assert told == (Absence(first=3, last=3, cause="closed", note="mrossi: scrapped"),)
    received.close()
