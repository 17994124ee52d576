"""What waits is packed and written; what was imported is kept once, whether the agent runs or not."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from agent.domain.errors import InputError, StoreError
from agent.domain.exchange import Envelope, ExecutionBatch, Receipt, ReceiptState
from agent.domain.parcel import Parcel, open_parcel
from agent.domain.sealing import unseal
from agent.store import Store, outbox, packing, parcels, settings
from agent.store.packing import pack, reading, save
from agent.store.settings import Setting
from tests.store.samples import NOW, settle_new_job, write

KEY = X25519PrivateKey.generate()


@pytest.fixture
def enrolled(store: Store) -> Iterator[Store]:
    """A tablet that knows SMM's key and has five jobs: two wait, one is refused, one received, one closed."""
    public = KEY.public_key().public_bytes_raw().hex()
    write(store, lambda db: settings.put(db, Setting.SMM_PARCEL_KEY, public))
    for number in range(1, 6):
        settle_new_job(store, f"job-{number}")
    with store.read() as db:
        keys = [each.key for each in outbox.waiting(db, 10)]
    answers = [(keys[1], ReceiptState.REJECTED), (keys[2], ReceiptState.ACCEPTED)]
    receipts = [Receipt(key=key, state=state, received_at=NOW) for key, state in answers]
    write(store, lambda db: outbox.record(db, receipts, NOW))
    close = "UPDATE outbox SET state = 'closed', closed_by = 'mrossi', closed_note = 'made twice' WHERE sequence = 4"
    write(store, lambda db: db.execute(close).rowcount)
    yield store


def packed(store: Store) -> list[Parcel]:
    with store.read() as db:
        return pack(db, NOW)


def lines(parcel: Parcel) -> tuple[ExecutionBatch, list[Envelope]]:
    facts, *envelopes = open_parcel(parcel, lambda box, purpose: unseal(KEY.private_bytes_raw(), box, purpose))
    return ExecutionBatch.model_validate_json(facts), [Envelope.model_validate_json(each) for each in envelopes]


def test_everything_that_smm_has_not_received_is_in_it(enrolled: Store) -> None:
    (parcel,) = packed(enrolled)
    facts, envelopes = lines(parcel)
    assert (parcel.head.device, parcel.head.count) == (enrolled.identity.device_id, 3)
    assert [envelope.sequence for envelope in envelopes] == [1, 2, 5]
    assert facts.last_sequence == 5
    assert [(each.first, each.cause, each.note) for each in facts.absences] == [(4, "closed", "mrossi: made twice")]
    with enrolled.read() as db:
        assert (outbox.count_waiting(db), outbox.count_refused(db)) == (2, 1)


def test_damaged_envelopes_are_named_as_absent(enrolled: Store) -> None:
    aside = "INSERT INTO set_aside (table_name, row_key, sequence, content, found_at) VALUES ('outbox', 'k', ?, '', '')"
    write(enrolled, lambda db: db.execute("UPDATE counters SET value = 6").rowcount)
    write(enrolled, lambda db: [db.execute(aside, [number]).rowcount for number in (6, 5, None)])
    facts, _ = lines(packed(enrolled)[0])
    assert [(each.first, each.cause) for each in facts.absences] == [(4, "closed"), (6, "damaged")]


def test_without_the_key_nothing_leaves_in_clear_text(store: Store) -> None:
    assert packed(store) == []
    settle_new_job(store, "job-1")
    with pytest.raises(InputError) as caught:
        packed(store)
    assert caught.value.code == "parcel-no-key"


def test_the_envelopes_of_an_earlier_tablet_say_nothing_of_this_ones_numbers(enrolled: Store) -> None:
    write(
        enrolled,
        lambda db: (
            db.execute(
                "UPDATE outbox SET envelope = json_set(envelope, '$.device', 'T-before') WHERE sequence = 1"
            ).rowcount
        ),
    )
    (parcel,) = packed(enrolled)
    facts, envelopes = lines(parcel)
    assert (parcel.head.device, facts) == (enrolled.identity.device_id, ExecutionBatch(envelopes=[]))
    assert envelopes[0].device == "T-before"


def test_files_are_named_after_tablet_and_date(enrolled: Store, tmp_path: Path) -> None:
    (parcel,) = packed(enrolled)
    moment = NOW.astimezone()
    names = [f"{enrolled.identity.device_id}_{moment:%Y%m%dT%H%M%S}{end}.eplus" for end in ("", "-2")]
    assert [path.name for path in save([parcel, parcel], tmp_path / "new" / "folder")] == names
    assert [path.name for path in save([parcel, parcel], tmp_path / "a.eplus")] == ["a.eplus", "a-2.eplus"]
    assert (tmp_path / "a.eplus").read_bytes() == parcel.content
    assert not list(tmp_path.rglob("*.new"))
    with pytest.raises(StoreError):
        save([parcel], tmp_path / "a.eplus" / "b.eplus")


def test_a_folder_where_nothing_can_be_made_is_read_from_a_copy(
    enrolled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As that of a full disk, or of one that is mounted read-only: SQLite cannot make its files there."""
    enrolled.close()
    monkeypatch.setattr(packing, "_can_be_read", lambda _folder: False)
    before = sorted(path.name for path in tmp_path.iterdir())
    with reading(tmp_path) as db:
        assert outbox.count_waiting(db) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    with pytest.raises(StoreError), reading(tmp_path / "nowhere"):
        pass


def take_in(store: Store) -> None:
    files = parcels.put_here(store.folder)
    write(store, lambda db: parcels.take_in(db, files, NOW))
    write(store, lambda db: parcels.take_away(db, files))


def test_an_imported_file_is_kept_once(enrolled: Store, tmp_path: Path) -> None:
    (parcel,), (second,) = packed(enrolled), packed(enrolled)
    other = tmp_path / "other"
    with_parcels = Store.open(other)
    assert [parcels.put(other, parcel), parcels.put(other, parcel)] == [True, False]
    take_in(with_parcels)
    assert parcels.put_here(other) == []
    assert [parcels.put(other, parcel), parcels.put(other, second)] == [False, True]
    take_in(with_parcels)
    with with_parcels.read() as db:
        assert parcels.unsent(db) == sorted([parcel.head.id, second.head.id])
        assert parcels.content_of(db, parcel.head.id) == parcel.content
    write(with_parcels, lambda db: parcels.receive(db, parcel.head.id, NOW + timedelta(hours=1)))
    write(with_parcels, lambda db: parcels.refuse(db, second.head.id, "parcel-foreign", NOW))
    with with_parcels.read() as db:
        assert parcels.unsent(db) == []
        assert (parcels.content_of(db, parcel.head.id), parcels.content_of(db, second.head.id)) == (b"", second.content)
    assert not parcels.put(other, parcel)
    with_parcels.close()


def test_a_kill_between_the_two_steps_of_taking_in_changes_nothing(enrolled: Store) -> None:
    (parcel,) = packed(enrolled)
    parcels.put(enrolled.folder, parcel)
    files = parcels.put_here(enrolled.folder)
    for _ in range(2):
        write(enrolled, lambda db: parcels.take_in(db, files, NOW))
    take_in(enrolled)
    with enrolled.read() as db:
        assert parcels.unsent(db) == [parcel.head.id]


def test_a_file_that_was_damaged_meanwhile_is_put_aside(enrolled: Store) -> None:
    (parcel,) = packed(enrolled)
    parcels.put(enrolled.folder, parcel)
    (file,) = parcels.put_here(enrolled.folder)
    file.write_bytes(parcel.content[:-1])
    take_in(enrolled)
    assert parcels.put_here(enrolled.folder) == []
    assert [path.suffix for path in (enrolled.folder / parcels.FOLDER).iterdir()] == [".damaged"]
    shutil.rmtree(enrolled.folder / parcels.FOLDER)
