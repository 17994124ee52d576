"""What tablet and SMM owe each other: receipts that are SMM's own, and no gap that nobody knows of."""

import os

import pytest
from werkzeug.wrappers import Request, Response

from agent.domain.errors import SmmFault
from agent.domain.exchange import Absence, SequenceRange
from agent.store import Store, outbox
from agent.sync import Sync
from agent.sync.push import MOST_ROUNDS
from tests.store.samples import NOW, USER, settle_new_job, write
from tests.sync.servers import PASSWORD, FixedClock, SmallSmm, shown
from tests.sync.test_sync import outbox_states, settle_many


@pytest.fixture
async def signing(sync: Sync, smm: SmallSmm) -> SmallSmm:
    """An SMM that signs; the tablet has learned its key."""
    smm.receipt_secret = os.urandom(32)
    await sync.session.login(USER.username, PASSWORD)
    return smm


async def test_a_batch_says_when_and_after_how_long_it_is_sent(
    sync: Sync, smm: SmallSmm, store: Store, clock: FixedClock
) -> None:
    settle_many(store, 2)
    await sync.session.login(USER.username, PASSWORD)
    clock.seconds = 77.7
    await sync.run()
    (batch,) = smm.batches
    assert (batch.sent_at, batch.run, batch.uptime_s, batch.last_sequence) == (NOW, clock.run, 77, 2)
    await sync.run()
    assert (smm.batches[1].envelopes, smm.batches[1].last_sequence) == ([], 2), "an empty one, so that SMM can ask"


async def test_signed_receipts_close(sync: Sync, signing: SmallSmm, store: Store) -> None:
    settle_many(store, 3)
    signing.rejected = {"job-001"}
    await sync.run()
    assert outbox_states(store) == {"job-000": "received", "job-001": "refused", "job-002": "received"}


@pytest.mark.parametrize("how", ["unsigned", "another key", "for another tablet"])
async def test_a_lying_smm_closes_nothing(sync: Sync, signing: SmallSmm, store: Store, how: str) -> None:
    settle_many(store, 3)
    if how == "for another tablet":
        signing.signs_for = "T-0000000000000000"
    else:
        signing.receipt_secret = None if how == "unsigned" else os.urandom(32)
    with pytest.raises(SmmFault) as fault:
        await sync.run()
    assert fault.value.code == "smm-foreign"
    assert set(outbox_states(store).values()) == {"waiting"}
    assert shown(sync) == (False, False, "smm-foreign")
    await sync.check_online()
    assert shown(sync) == (True, False, "smm-foreign"), "it answers, but its word counts for nothing"


async def test_an_smm_with_other_keys_gets_no_session(sync: Sync, signing: SmallSmm) -> None:
    signing.receipt_secret = os.urandom(32)
    assert (await sync.session.login(USER.username, PASSWORD)).offline
    with pytest.raises(SmmFault) as fault:
        await sync.session.renew(PASSWORD)
    assert fault.value.code == "smm-foreign"


async def test_the_key_of_an_smm_that_had_none_is_learned_later(sync: Sync, smm: SmallSmm, store: Store) -> None:
    await sync.session.login(USER.username, PASSWORD)
    settle_many(store, 1)
    await sync.run()
    assert outbox_states(store) == {"job-000": "received"}
    smm.receipt_secret = os.urandom(32)
    await sync.session.login(USER.username, PASSWORD)
    smm.receipt_secret = None
    settle_new_job(store, "later")
    with pytest.raises(SmmFault):
        await sync.run()


async def test_what_a_restored_smm_lacks_is_sent_in_the_same_run(sync: Sync, smm: SmallSmm, store: Store) -> None:
    smm.looks_for_gaps = True
    settle_many(store, 5)
    await sync.session.login(USER.username, PASSWORD)
    await sync.run()
    smm.numbers, smm.taken = {1, 4}, smm.taken[:1]
    await sync.run()
    assert smm.numbers == {1, 2, 3, 4, 5}
    assert set(outbox_states(store).values()) == {"received"}
    assert len(smm.batches) == 3, "an empty one that asks, and one that brings"


async def test_what_will_never_come_is_told_with_its_reason(sync: Sync, smm: SmallSmm, store: Store) -> None:
    smm.looks_for_gaps = True
    settle_many(store, 6)
    smm.rejected = {"job-001"}
    await sync.session.login(USER.username, PASSWORD)
    await sync.run()
    write(store, lambda db: outbox.close(db, "job-001", "mrossi", "meter was scrapped", NOW))
    write(store, lambda db: db.execute("UPDATE counters SET value = 9 WHERE name = 'sequence'"))
    write(store, lambda db: db.execute("UPDATE main.outbox SET digest = 'x' WHERE sequence = 3"))
    write(store, lambda db: db.execute(SET_ASIDE))
    smm.numbers = {4, 5}
    await sync.run()
    told = {absence for batch in smm.batches for absence in batch.absences}
    assert told == {
        Absence(first=2, last=2, cause="closed", note="mrossi: meter was scrapped"),
        Absence(first=3, last=3, cause="damaged"),
        Absence(first=8, last=8, cause="damaged"),
        Absence(first=7, last=7, cause="lost"),
        Absence(first=9, last=9, cause="lost"),
    }
    assert smm.numbers == set(range(1, 10))


SET_ASIDE = """
INSERT INTO set_aside (table_name, row_key, sequence, content, found_at) VALUES ('outbox', 'k', 8, '{', '2026-11-23')
"""


async def test_an_smm_that_asks_for_ever_is_not_answered_for_ever(
    sync: Sync, smm: SmallSmm, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle_many(store, 2)
    await sync.session.login(USER.username, PASSWORD)
    monkeypatch.setattr(smm, "_missing", lambda _batch: (SequenceRange(first=1, last=2**53),))
    smm.looks_for_gaps = True
    await sync.run()
    assert len(smm.batches) == MOST_ROUNDS


async def test_a_refusal_that_may_pass_is_tried_again_when_smm_knows_more(
    sync: Sync, smm: SmallSmm, store: Store
) -> None:
    settle_many(store, 2)
    smm.revision, smm.rejected, smm.rejection_code = 7, {"job-001"}, "unknown-meter"
    await sync.session.login(USER.username, PASSWORD)
    await sync.run()
    await sync.run()
    assert outbox_states(store) == {"job-000": "received", "job-001": "refused"}
    assert sum(len(batch.envelopes) for batch in smm.batches) == 2, "nothing has changed in SMM"
    smm.revision, smm.rejected = 8, set()
    await sync.run()
    assert set(outbox_states(store).values()) == {"received"}


async def test_an_envelope_that_cannot_be_read_blocks_nobody(sync: Sync, smm: SmallSmm, store: Store) -> None:
    settle_many(store, 3)
    write(store, lambda db: db.execute("UPDATE outbox SET envelope = '{\"key' WHERE sequence = 1"))
    write(store, lambda db: db.execute("UPDATE main.outbox SET digest = 'x' WHERE sequence = 2"))
    await sync.session.login(USER.username, PASSWORD)
    await sync.run()
    assert len(smm.taken) == 1


async def test_a_poisoned_envelope_does_not_keep_the_directory_away(sync: Sync, smm: SmallSmm, store: Store) -> None:
    settle_many(store, 3)
    await sync.session.login(USER.username, PASSWORD)

    def choke(request: Request) -> Response | None:
        poisoned = request.path.endswith("/executions") and b'"job-001"' in request.get_data()
        return Response("", 413) if poisoned else None

    smm.answer_instead = choke
    with pytest.raises(SmmFault):
        await sync.run()
    assert "GET /api/v1/meters" in smm.requests
    assert "GET /api/v1/prepay-profiles" in smm.requests
