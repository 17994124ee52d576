"""What becomes of a folder at the start, whatever has happened to it."""

import json
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from agent.domain.errors import InputError, LoginRefused, RescueNeeded, StoreError
from agent.domain.words import LANGUAGES, table
from agent.store import Store, accounts, copy, digests, jobs, outbox, probes, set_aside, settings
from agent.store.counters import COUNTERS_FILE, Counters
from agent.store.database import open_writer
from agent.store.rescue import inspect, look, readable_lines, start_anew, write_mended
from agent.store.settings import Setting
from tests.store.old_files import WAITING as OLD_WAITING
from tests.store.old_files import make_old_folder
from tests.store.rescue.damage import COPY, DATABASE, LOG, WAITING, make_tablet, octets_of, strike, waiting_in, works
from tests.store.samples import NOW, settle_new_job, write

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="on Windows the keyring keeps the key")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tablet"


def assert_all_is_there(folder: Path, device: str, *, is_mended: bool = True) -> None:
    store = Store.open(folder)
    try:
        assert store.identity.device_id == device
        assert waiting_in(store) == WAITING
        assert (store.report is not None) == is_mended
        assert store.report is None or store.report.lost == ()
        assert works(store)
    finally:
        store.close()
    again = Store.open(folder)
    again.close()
    assert again.report is None


def code_at_start(folder: Path) -> str:
    """Of the refusal; nothing was changed by it."""
    before = octets_of(folder)
    with pytest.raises(RescueNeeded) as refused:
        Store.open(folder)
    assert octets_of(folder) == before
    assert all(refused.value.code in table(language) for language in LANGUAGES)
    return refused.value.code


@pytest.mark.parametrize("killed", [False, True])
def test_a_whole_tablet_opens_as_always(folder: Path, killed: bool) -> None:
    assert_all_is_there(folder, make_tablet(folder, killed=killed), is_mended=False)


@pytest.mark.parametrize("killed", [False, True])
def test_a_missing_database_comes_back_from_the_copy(folder: Path, killed: bool) -> None:
    device = make_tablet(folder, killed=killed)
    (folder / DATABASE).unlink()
    assert_all_is_there(folder, device)


@pytest.mark.parametrize("content", [b"", b"holiday pictures" * 1000, bytes(50_000)])
def test_an_emptied_or_overwritten_database_comes_back(folder: Path, content: bytes) -> None:
    device = make_tablet(folder)
    (folder / DATABASE).write_bytes(content)
    assert_all_is_there(folder, device)
    (old,) = folder.glob("set-aside-*")
    assert (old / DATABASE).read_bytes() == content, "nothing is deleted"
    assert json.loads((old / "report.json").read_text())["saved"]["waiting"] == len(WAITING)


def test_a_lost_log_comes_back_from_the_copy(folder: Path) -> None:
    device = make_tablet(folder, killed=True)
    (folder / LOG).unlink()
    store = Store.open(folder)
    assert store.identity.device_id == device
    assert waiting_in(store) == WAITING
    store.close()


def test_an_older_database_that_is_put_back_is_completed(folder: Path, tmp_path: Path) -> None:
    device = make_tablet(folder)
    shutil.copy(folder / DATABASE, tmp_path / "older")
    store = Store.open(folder)
    settle_new_job(store, "job-later")
    settle_new_job(store, "job-queued-2")
    store.close()
    shutil.copy(tmp_path / "older", folder / DATABASE)
    store = Store.open(folder)
    assert store.identity.device_id == device
    assert waiting_in(store) == [*WAITING, "job-later", "job-queued-2"]
    with store.read() as db:
        assert jobs.get(db, "job-later").state == "done"
    settle_new_job(store, "job-new")
    with store.read() as db:
        sequences = [each.sequence for each in outbox.waiting(db, 100)]
    assert sequences == list(range(1, len(sequences) + 1)), "no number is given out twice"
    store.close()


@pytest.mark.parametrize("damage", ["lost", "emptied", "struck", "older"])
def test_a_copy_that_is_lost_or_behind_is_written_anew(folder: Path, damage: str) -> None:
    device = make_tablet(folder)
    content = (folder / COPY).read_bytes().rstrip(b"\n")
    if damage == "struck":
        (folder / COPY).write_bytes(content)
        strike(folder / COPY, 1)
    else:
        (folder / COPY).write_bytes(content[: len(content) // 2] if damage == "older" else b"")
    if damage == "lost":
        (folder / COPY).unlink()
    assert_all_is_there(folder, device, is_mended=False)
    (folder / DATABASE).unlink()
    store = Store.open(folder)
    assert waiting_in(store) == [*WAITING, "job-new"]
    store.close()


@pytest.mark.parametrize("name", [DATABASE, LOG, COPY])
@pytest.mark.parametrize("seed", range(3))
def test_random_octets_in_one_file_lose_no_envelope(folder: Path, name: str, seed: int) -> None:
    device = make_tablet(folder, killed=True)
    strike(folder / name, seed)
    store = Store.open(folder)
    try:
        assert store.identity.device_id == device
        assert waiting_in(store) == WAITING
        assert works(store)
    finally:
        store.close()


@pytest.mark.parametrize("part", [1, 2, 3])
@pytest.mark.parametrize("name", [DATABASE, COPY])
def test_a_file_that_is_cut_loses_no_envelope(folder: Path, name: str, part: int) -> None:
    device = make_tablet(folder)
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) * part // 4])
    store = Store.open(folder)
    assert (store.identity.device_id, waiting_in(store)) == (device, WAITING)
    store.close()


def change_row(folder: Path, statement: str) -> None:
    """As damage would, without a new digest."""
    with closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
        assert connection.execute(statement).rowcount == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE outbox SET envelope = replace(envelope, 'reading', 'reeding') WHERE sequence = 3",
        "UPDATE outbox SET state = 'received' WHERE sequence = 3",
        "UPDATE jobs SET serial = 'X' WHERE id = 'job-3'",
        "UPDATE attempts SET state = 'applied'",
        "UPDATE counters SET value = 2",
        "UPDATE identity SET box = zeroblob(92)",
    ],
)
def test_a_row_that_changed_by_itself_is_healed_from_the_copy(folder: Path, statement: str) -> None:
    device = make_tablet(folder)
    change_row(folder, statement)
    assert_all_is_there(folder, device)


def test_an_envelope_that_is_nowhere_whole_is_told(folder: Path) -> None:
    make_tablet(folder)
    change_row(folder, "UPDATE outbox SET envelope = replace(envelope, '\"sha256\"', '\"sha255\"') WHERE sequence = 3")
    lines = [line for line in copy.texts(folder) if line and not (b'"table":"outbox"' in line and b"job-2" in line)]
    parsed = [copy.parse(line) for line in lines]
    (folder / COPY).write_bytes(b"".join(copy.line_of(*each) for each in parsed if each))
    store = Store.open(folder)
    assert waiting_in(store) == [job for job in WAITING if job != "job-2"], "it blocks no other"
    assert store.report is not None
    (lost,) = store.report.lost
    assert (lost.table, lost.sequence, lost.job, lost.activity) == ("outbox", 3, "job-2", "reading")
    with store.read() as db:
        (told,) = set_aside.waiting_to_be_told(db)
        assert (told.table, told.sequence) == ("outbox", 3)
        assert "job-2" in told.content
        assert jobs.get(db, "job-2").state == "done"
    write(store, lambda db: set_aside.mark_told(db, [told.id], NOW))
    with store.read() as db:
        assert set_aside.waiting_to_be_told(db) == []
        assert len(set_aside.everything(db)) == 1
    store.close()


def test_a_number_without_any_trace_is_told(folder: Path) -> None:
    make_tablet(folder)
    with closing(open_writer(folder / DATABASE)) as db, db.atomic():
        db.execute("DELETE FROM outbox WHERE sequence = 4")
    (folder / COPY).unlink()
    (folder / "damaged").touch()
    store = Store.open(folder)
    assert store.report is not None
    assert [(lost.sequence, lost.text) for lost in store.report.lost] == [(4, "")]
    store.close()
    assert not (folder / "damaged").exists()


def test_a_job_that_is_lost_comes_back_from_its_envelope(folder: Path) -> None:
    make_tablet(folder)
    (folder / COPY).unlink()
    change_row(folder, "UPDATE jobs SET username = 'somebody' WHERE id = 'job-1'")
    store = Store.open(folder)
    assert waiting_in(store) == WAITING
    with store.read() as db:
        record = jobs.get(db, "job-1")
    assert (record.state, record.user, record.activity) == ("failed", "mrossi", "reading")
    store.close()


def test_what_smm_has_too_is_dropped_and_fetched_again(folder: Path) -> None:
    device = make_tablet(folder)
    store = Store.open(folder)
    write(store, lambda db: settings.put(db, Setting.PORT, "4711"))
    write(store, lambda db: settings.put(db, Setting.DIRECTORY_CURSOR, "9"))
    write(store, lambda db: db.execute("INSERT INTO meters (serial, model) VALUES ('A', 'cerm1'), ('B', 'cerm1')"))
    store.close()
    change_row(folder, "UPDATE meters SET model = 'cerm2' WHERE serial = 'A'")
    store = Store.open(folder)
    assert store.identity.device_id == device
    with store.read() as db:
        assert settings.get_number(db, Setting.PORT) == 4711
        assert settings.get(db, Setting.DIRECTORY_CURSOR) is None
        assert [row["serial"] for row in db.query("SELECT serial FROM meters")] == ["B"]
    store.close()


def test_a_schema_that_changed_by_itself_is_made_anew(folder: Path) -> None:
    device = make_tablet(folder)
    content = (folder / DATABASE).read_bytes()
    assert content.count(b"'waiting', 'refused'") == 1
    (folder / DATABASE).write_bytes(content.replace(b"'waiting', 'refused'", b"'wating', 'refused '"))
    assert_all_is_there(folder, device)


def test_a_damaged_file_of_counters_is_set_aside(folder: Path) -> None:
    device = make_tablet(folder)
    Counters(folder / COUNTERS_FILE).advance("key", 5)
    (folder / COUNTERS_FILE).write_bytes(b"no database" * 100)
    assert_all_is_there(folder, device, is_mended=False)
    assert Counters(folder / COUNTERS_FILE).reserved("key") == 0
    assert list(folder.glob(f"set-aside-*/{COUNTERS_FILE}"))


@pytest.mark.parametrize("version", [1, 4])
def test_a_damaged_file_of_an_earlier_program_gives_its_envelopes(folder: Path, version: int) -> None:
    device = make_old_folder(folder, version)
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray((folder / DATABASE).read_bytes())
    content[200:1000] = bytes(800)
    (folder / DATABASE).write_bytes(content)
    store = Store.open(folder)
    assert (store.identity.device_id, waiting_in(store)) == (device, OLD_WAITING)
    store.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE jobs SET error_params = '{\"a\"' WHERE id = 'job-2'",
        "UPDATE jobs SET created_at = 'yesterday' WHERE id = 'job-2'",
        "INSERT INTO accounts (username, user, password_hash, offline_until) VALUES ('a', '{', 'x', 'x')",
        "INSERT INTO probes (address, last_used) VALUES ('a', 'never')",
        "INSERT INTO settings (name, value) VALUES ('port', 'eighty')",
    ],
)
def test_one_value_that_makes_no_sense_stops_nothing(folder: Path, statement: str) -> None:
    device = make_old_folder(folder, 4)
    change_row(folder, statement)
    store = Store.open(folder)
    assert (store.identity.device_id, waiting_in(store)) == (device, OLD_WAITING)
    assert works(store)
    with store.read() as db:
        assert settings.get_number(db, Setting.PORT) is None
        assert probes.known(db) == []
        with pytest.raises(LoginRefused):
            accounts.find(db, "a")
    store.close()


# ── a person has to decide ───────────────────────────────────────────────────────────────────────


def test_a_key_that_is_lost_is_asked_for_and_never_made(folder: Path, tmp_path: Path) -> None:
    device = make_tablet(folder)
    (folder / "vault.key").rename(tmp_path / "vault.key")
    assert code_at_start(folder) == "identity-lost"
    (folder / DATABASE).unlink()
    assert code_at_start(folder) == "identity-lost"
    (tmp_path / "vault.key").rename(folder / "vault.key")
    assert_all_is_there(folder, device)


def test_a_key_alone_is_no_new_tablet(folder: Path, tmp_path: Path) -> None:
    device = make_tablet(folder)
    for name in (DATABASE, COPY):
        (folder / name).rename(tmp_path / name)
    assert code_at_start(folder) == "rescue-needed"
    for name in (DATABASE, COPY):
        (tmp_path / name).rename(folder / name)
    assert_all_is_there(folder, device, is_mended=False)


@pytest.mark.parametrize("name", [DATABASE, COPY])
def test_the_files_of_two_tablets_are_not_mixed(folder: Path, tmp_path: Path, name: str) -> None:
    make_tablet(folder)
    make_tablet(tmp_path / "other")
    shutil.copy(tmp_path / "other" / name, folder / name)
    assert code_at_start(folder) == "two-tablets"


def test_pictures_alone_are_left_alone(folder: Path) -> None:
    folder.mkdir()
    (folder / DATABASE).write_bytes(b"holiday pictures" * 100)
    assert code_at_start(folder) == "rescue-needed"


@pytest.mark.parametrize("lost", ["vault.key", "identity"])
def test_a_new_tablet_carries_the_work_over(folder: Path, lost: str) -> None:
    device = make_tablet(folder)
    if lost == "vault.key":
        (folder / "vault.key").unlink()
    else:
        for name in (DATABASE, COPY):
            content = (folder / name).read_bytes()
            (folder / name).write_bytes(content.replace(b'{"table":"identity"', b"?"))
        with closing(open_writer(folder / DATABASE)) as db, db.atomic():
            db.execute("DELETE FROM identity")
    before = octets_of(folder)
    code_at_start(folder)
    report = start_anew(folder, NOW)
    assert report.is_new_tablet
    store = Store.open(folder)
    assert store.identity.device_id != device
    assert waiting_in(store) == WAITING
    settle_new_job(store, "job-new")
    with store.read() as db:
        own, *carried = outbox.waiting(db, 100)
    assert (own.envelope["device"], own.sequence) == (store.identity.device_id, 1), "its numbers are its own"
    assert [each.envelope["device"] for each in carried] == [device] * len(WAITING)
    store.close()
    assert report.folder is not None
    kept = octets_of(folder / report.folder)
    assert all(kept[name] == before[name] for name in before)


def test_a_whole_tablet_cannot_be_started_anew(folder: Path) -> None:
    device = make_tablet(folder)
    with pytest.raises(InputError):
        start_anew(folder, NOW)
    assert_all_is_there(folder, device, is_mended=False)


# ── a folder from a broken tablet ────────────────────────────────────────────────────────────────


def test_a_mended_folder_is_the_same_tablet(folder: Path, tmp_path: Path) -> None:
    device = make_tablet(folder)
    Counters(folder / COUNTERS_FILE).advance("key", 5)
    strike(folder / DATABASE, 7)
    before = octets_of(folder)
    assert look(folder)[1]["waiting"] == len(WAITING)
    write_mended(folder, tmp_path / "mended", NOW, new_tablet=False)
    assert octets_of(folder) == before
    assert_all_is_there(tmp_path / "mended", device, is_mended=False)
    assert Counters(tmp_path / "mended" / COUNTERS_FILE).reserved("key") == 5
    with pytest.raises(InputError):
        write_mended(folder, tmp_path / "mended", NOW, new_tablet=False)


def test_all_that_can_be_read_is_lines_of_a_second_copy(folder: Path, tmp_path: Path) -> None:
    make_tablet(folder)
    (folder / "vault.key").unlink()
    (tmp_path / COPY).write_bytes(b"".join(readable_lines(folder)))
    found = copy.read(tmp_path)
    assert len(found.rows["outbox"]) == len(WAITING)
    assert found.rows["identity"] == {}


def test_nothing_at_all_is_no_tablet(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        look(tmp_path / "nowhere")
    assert inspect(tmp_path / "nowhere").verdict == "new"
    assert not (tmp_path / "nowhere").exists()


def test_digests_are_right_after_a_rescue(folder: Path) -> None:
    make_tablet(folder)
    (folder / DATABASE).unlink()
    store = Store.open(folder)
    with store.read() as db:
        for name in digests.tables(db):
            damaged = db.execute(f"SELECT count(*) FROM main.{name} WHERE NOT ({digests.is_intact(db, name)})")
            assert damaged.fetchone() == (0,), name
    store.close()


def test_a_disk_that_cannot_be_read_is_no_damage(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tablet(folder)

    def fails(_path: Path) -> None:
        raise OSError(5, "input/output error")

    monkeypatch.setattr("agent.store.rescue.inspection.open_suspect", fails)
    with pytest.raises(StoreError):
        Store.open(folder)
    assert not list(folder.glob("set-aside-*"))


def test_a_new_tablet_that_is_damaged_keeps_what_it_carries(folder: Path) -> None:
    make_tablet(folder)
    (folder / "vault.key").unlink()
    start_anew(folder, NOW)
    store = Store.open(folder)
    device = store.identity.device_id
    settle_new_job(store, "job-own")
    store.close()
    (folder / DATABASE).unlink()
    store = Store.open(folder)
    assert store.identity.device_id == device
    assert waiting_in(store) == ["job-own", *WAITING]
    assert store.report is not None and store.report.lost == ()
    settle_new_job(store, "job-later")
    with store.read() as db:
        assert [each.sequence for each in outbox.waiting(db, 2)] == [1, 2]
    store.close()


def test_a_folder_that_has_lost_all_is_no_new_tablet(folder: Path) -> None:
    device = make_tablet(folder)
    for path in folder.iterdir():
        if path.name != "agent.lock":
            path.unlink()
    assert code_at_start(folder) == "rescue-needed"
    start_anew(folder, NOW)
    store = Store.open(folder)
    assert store.identity.device_id != device
    assert works(store)
    store.close()


def test_what_was_set_aside_is_no_new_tablet_either(folder: Path) -> None:
    make_tablet(folder)
    (folder / DATABASE).write_bytes(b"")
    Store.open(folder).close()
    for path in folder.iterdir():
        if path.is_file():
            path.unlink()
    assert code_at_start(folder) == "rescue-needed"
