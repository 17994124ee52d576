"""Rows of load profiles on the disk, and what of a meter is here already."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from agent.domain.errors import InputError, StoreError
from agent.domain.exchange import Receipt, ReceiptState
from agent.store import Store, jobs, load_profiles, outbox
from agent.store.load_profiles import KeptRow
from tests.store.samples import NOW, SERIAL, envelope_for, new_job, write

HOUR = timedelta(hours=1)
SHAPE = {"kind": "load-profile", "serial": SERIAL, "channels": [], "capture_period_s": 3600}


def begin(store: Store, job: str, first: datetime, last: datetime, *, new_only: bool = False) -> None:
    write(store, lambda db: jobs.create(db, new_job(job)))
    write(store, lambda db: load_profiles.begin(db, job, SERIAL, first, last, new_only=new_only))


def append(store: Store, job: str, number: int, rows: list[KeptRow]) -> None:
    with store.read() as db:
        profile = load_profiles.find(db, job)
    assert profile is not None
    write(store, lambda db: load_profiles.append(db, profile.id, number, rows))


def row(at: datetime | None, text: str = "[]") -> KeptRow:
    return KeptRow(None if at is None else int(at.timestamp()), text)


def visit(store: Store, job: str, first: datetime, last: datetime, *, done: bool = True) -> None:
    begin(store, job, first, last)
    append(store, job, 0, [row(first), row(last)])
    if done:
        write(store, lambda db: jobs.settle(db, job, jobs.Settlement("done", NOW)))


def test_rows_follow_one_another_and_the_mark_is_the_last_moment(store: Store) -> None:
    begin(store, "job-1", NOW, NOW + 9 * HOUR)
    append(store, "job-1", 0, [row(NOW, '["1"]'), row(None, '["2"]')])
    append(store, "job-1", 2, [row(NOW + HOUR, '["3"]'), row(NOW, '["4"]'), row(None, '["5"]')])
    for number in (0, 4, 6):
        with pytest.raises(StoreError):
            append(store, "job-1", number, [row(NOW)])
    with store.read() as db:
        found = load_profiles.find(db, "job-1")
        assert found is not None
        assert (found.rows, found.mark, found.first, found.last) == (5, NOW, NOW, NOW + 9 * HOUR)
        assert list(load_profiles.cells(db, found.id)) == ['["1"]', '["2"]', '["3"]', '["4"]', '["5"]']
        assert list(load_profiles.cells(db, found.id, 1, 3)) == ['["2"]', '["3"]']
        assert list(load_profiles.column(db, found.id, 0)) == ["1", "2", "3", "4", "5"]
        assert load_profiles.ends(db, found.id) == (NOW, NOW + HOUR)
        assert load_profiles.rows_since(db, found.id, NOW + HOUR) == ['["2"]', '["3"]', '["5"]']
        assert jobs.get(db, "job-1").rows == 5


def test_columns_stay_what_they_were_once_there_are_rows(store: Store) -> None:
    begin(store, "job-1", NOW, NOW)
    other = {**SHAPE, "capture_period_s": 900}
    write(store, lambda db: load_profiles.set_shape(db, 1, SHAPE))
    write(store, lambda db: load_profiles.set_shape(db, 1, other))
    append(store, "job-1", 0, [row(NOW)])
    write(store, lambda db: load_profiles.set_shape(db, 1, other))
    with pytest.raises(InputError) as caught:
        write(store, lambda db: load_profiles.set_shape(db, 1, SHAPE))
    assert caught.value.code == "profile-changed"


def test_what_was_fetched_has_no_gap(store: Store) -> None:
    def fetched() -> datetime | None:
        with store.read() as db:
            return load_profiles.last_fetched(db, SERIAL)

    assert fetched() is None
    visit(store, "cut", NOW - 99 * HOUR, NOW - 90 * HOUR, done=False)
    assert fetched() is None, "nobody has these rows yet"
    visit(store, "first", NOW, NOW + 10 * HOUR)
    assert fetched() == NOW + 10 * HOUR
    visit(store, "far ahead", NOW + 50 * HOUR, NOW + 60 * HOUR)
    assert fetched() == NOW + 10 * HOUR, "what lies between is still to be fetched"
    visit(store, "next", NOW + 8 * HOUR, NOW + 20 * HOUR)
    assert fetched() == NOW + 20 * HOUR
    visit(store, "old", NOW - 50 * HOUR, NOW + 5 * HOUR)
    assert fetched() == NOW + 20 * HOUR, "nothing is forgotten"
    with store.read() as db:
        assert load_profiles.last_fetched(db, "OTHER-METER-1") is None


def test_rows_of_former_visits(store: Store) -> None:
    for job, done in (("one", True), ("two", False)):
        begin(store, job, NOW, NOW)
        append(store, job, 0, [row(at, f'["{job}",{n}]') for n, at in enumerate((NOW, None, NOW + HOUR))])
        if done:
            write(store, partial(jobs.settle, job_id=job, settlement=jobs.Settlement("done", NOW)))
    with store.read() as db:
        assert load_profiles.rows_of_visits(db, SERIAL, NOW + HOUR) == {'["one",1]', '["one",2]'}


def test_a_job_of_several_envelopes_is_received_with_the_last_of_them(store: Store) -> None:
    write(store, lambda db: jobs.create(db, new_job()))
    write(store, lambda db: jobs.settle(db, "job-1", jobs.Settlement("done", NOW)))
    for _ in range(3):
        write(store, lambda db: outbox.add(db, "job-1", envelope_for(store.identity, "job-1")))
    with store.read() as db:
        keys = [each.key for each in outbox.waiting(db, 10)]

    def after(*states: ReceiptState) -> tuple[str | None, str | None]:
        receipts = [Receipt(key=k, state=s, received_at=NOW, reason="why") for k, s in zip(keys, states, strict=False)]
        write(store, lambda db: outbox.record(db, receipts, NOW))
        with store.read() as db:
            (record,) = [*jobs.pending(db), *jobs.history(db, 10)]
        return record.outbox, record.refusal_reason

    accepted = ReceiptState.ACCEPTED
    assert after() == ("waiting", None)
    assert after(accepted) == ("waiting", None)
    assert after(accepted, ReceiptState.REJECTED) == ("refused", "why")
    assert after(accepted, accepted, accepted) == ("refused", "why"), "one part is still missing there"


def test_an_interrupted_job_runs_again(store: Store) -> None:
    begin(store, "job-1", NOW, NOW)
    write(store, lambda db: jobs.start(db, "job-1", NOW))
    write(store, lambda db: jobs.interrupt(db, "job-1", NOW, "link-lost", params={"a": 1}))
    with store.read() as db:
        assert jobs.get(db, "job-1").error_params == {"a": 1}
    write(store, lambda db: jobs.resume(db, "job-1", NOW + HOUR))
    with store.read() as db:
        record = jobs.get(db, "job-1")
    assert (record.state, record.started_at, record.ended_at, record.error_code) == ("running", NOW, None, None)
    assert record.error_params == {}
    with pytest.raises(StoreError):
        write(store, lambda db: jobs.resume(db, "job-1", NOW))


def test_of_rows_in_no_order_the_mark_is_the_latest_once_they_are_whole(store: Store) -> None:
    begin(store, "one", NOW, NOW + HOUR)
    with store.read() as db:
        profile = load_profiles.find(db, "one")
    assert profile is not None
    rows = [row(NOW + HOUR), row(None), row(NOW)]
    write(store, lambda db: load_profiles.append(db, profile.id, 0, rows, moves_mark=False))
    with store.read() as db:
        found = load_profiles.find(db, "one")
    assert found is not None and (found.rows, found.mark) == (3, None)
    write(store, lambda db: load_profiles.set_mark(db, profile.id))
    with store.read() as db:
        found = load_profiles.find(db, "one")
    assert found is not None and found.mark == NOW + HOUR


def test_warnings_stand_beside_the_columns_and_do_not_make_them_others(store: Store) -> None:
    begin(store, "one", NOW, NOW + HOUR)
    with store.read() as db:
        profile = load_profiles.find(db, "one")
    assert profile is not None
    write(store, lambda db: load_profiles.set_shape(db, profile.id, SHAPE))
    append(store, "one", 0, [row(NOW)])
    write(store, lambda db: load_profiles.set_warnings(db, profile.id, ["b", "a"]))
    write(store, lambda db: load_profiles.set_shape(db, profile.id, SHAPE))
    with store.read() as db:
        found = load_profiles.find(db, "one")
    assert found is not None and found.shape == SHAPE | {"warnings": ["a", "b"]}
    with pytest.raises(InputError):
        write(store, lambda db: load_profiles.set_shape(db, profile.id, SHAPE | {"capture_period_s": 60}))
