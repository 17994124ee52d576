"""Records out of pages, without SQLite: all of a healthy file, and nothing but candidates out of garbage."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.store import Store, jobs, load_profiles
from agent.store.rescue.images import is_log_broken, log_of, read_images
from agent.store.rescue.pages import Record, Value, records
from agent.store.rescue.shapes import row_of
from tests.store.rescue.damage import DATABASE, LOG, fill, make_tablet
from tests.store.samples import NOW, SERIAL, new_job, write

ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
        st.one_of(st.none(), st.text(max_size=20), st.text(min_size=3000, max_size=3100)),
        st.one_of(st.none(), st.binary(max_size=50), st.binary(min_size=9000, max_size=9100)),
        st.floats(allow_nan=False),
    ),
    max_size=40,
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages") / "file.sqlite"


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, size=st.sampled_from([512, 1024, 4096, 65536]))
def test_all_rows_of_a_healthy_file_are_found(path: Path, rows: list[tuple[Value, ...]], size: int) -> None:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"PRAGMA page_size = {size}")
        connection.execute("CREATE TABLE one (a, b, c, d)")
        connection.execute("CREATE TABLE two (n INTEGER, a, b, PRIMARY KEY (n)) WITHOUT ROWID")
        connection.executemany("INSERT INTO one VALUES (?, ?, ?, ?)", rows)
        connection.executemany("INSERT INTO two VALUES (?, ?, ?)", [(n, *row[:2]) for n, row in enumerate(rows)])
    found = [record for record in read_images(path).current_records() if len(record.values) in (3, 4)]
    with closing(sqlite3.connect(path)) as connection:
        one = connection.execute("SELECT rowid, a, b, c, d FROM one").fetchall()
    assert sorted(map(repr, one)) == sorted(repr((r.rowid, *r.values)) for r in found if len(r.values) == 4)
    two = {record.values for record in found if record.rowid is None}
    assert two == {(n, *row[:2]) for n, row in enumerate(rows)}


@given(pages=st.lists(st.binary(min_size=512, max_size=512), min_size=1, max_size=4))
def test_any_octets_are_read_without_an_error(pages: list[bytes]) -> None:
    list(records(dict(enumerate(pages, 1)), 512))


@given(body=st.binary(min_size=500, max_size=504), kind=st.sampled_from([0x0D, 0x0A, 0x02]))
def test_any_cells_are_read_without_an_error(body: bytes, kind: int) -> None:
    page = (bytes([kind]) + body + bytes(12))[:512]
    for record in records({2: page, 3: page}, 512):
        assert isinstance(record, Record)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_damage_to_file_and_log_is_read_without_an_error(
    tmp_path_factory: pytest.TempPathFactory, tablet: Path, data: st.DataObject
) -> None:
    copied = tmp_path_factory.mktemp("struck")
    for name in (DATABASE, LOG):
        content = bytearray((tablet / name).read_bytes())
        for place in data.draw(st.lists(st.integers(0, 200), max_size=20)):
            content[place] = data.draw(st.integers(0, 255))
        for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=20)):
            content[place] = data.draw(st.integers(0, 255))
        (copied / name).write_bytes(content)
    images = read_images(copied / DATABASE)
    for record in (*images.current_records(), *images.older_records()):
        row_of(record)
    shutil.rmtree(copied)


@pytest.fixture(scope="module")
def tablet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Killed, with its log."""
    folder = tmp_path_factory.mktemp("tablets") / "tablet"
    make_tablet(folder, killed=True)
    return folder


def test_every_row_of_a_tablet_is_known_by_its_digest(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    fill(store)
    write(store, lambda db: load_profiles.begin(db, "job-0", SERIAL, NOW, NOW, new_only=False))
    rows = [load_profiles.KeptRow(number, f'["{number}", "{os.urandom(40).hex()}"]') for number in range(500)]
    write(store, lambda db: load_profiles.append(db, 1, 0, rows))
    write(store, lambda db: jobs.create(db, new_job("job-x")))
    expected = set(_rows_by_sql(store))
    images = read_images(tmp_path / DATABASE)
    found = {(table, *row.values()) for table, row in filter(None, map(row_of, images.current_records()))}
    store.close()
    assert found == expected
    images = read_images(tmp_path / DATABASE)
    assert {(table, *row.values()) for table, row in filter(None, map(row_of, images.current_records()))} == expected


def _rows_by_sql(store: Store) -> Iterator[tuple[Value, ...]]:
    with store.read() as db:
        for (table,) in db.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
            yield from ((table, *row.values()) for row in db.query(f"SELECT * FROM {table}"))


def _make_log(folder: Path) -> Path:
    """A database whose ten transactions are all in its log."""
    with closing(sqlite3.connect(folder / "writing.sqlite")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("CREATE TABLE one (a)")
        for number in range(10):
            connection.execute("INSERT INTO one VALUES (?)", [number])
            connection.commit()
        for name in ("", "-wal"):
            shutil.copy(folder / f"writing.sqlite{name}", folder / f"killed.sqlite{name}")
    return folder / "killed.sqlite"


@pytest.mark.parametrize(
    ("place", "is_broken"),
    [
        (0, True),  # without its header, SQLite passes over all of it
        (32 + 4120 * 2 + 1000, True),
        (32 + 4120 * 5 + 3, True),
        (-1000, False),  # a power cut leaves the last transaction like this
    ],
)
def test_a_log_is_broken_if_sqlite_would_pass_over_a_transaction(tmp_path: Path, place: int, is_broken: bool) -> None:
    database = _make_log(tmp_path)
    assert not is_log_broken(database)
    content = bytearray(log_of(database).read_bytes())
    content[place] ^= 1
    log_of(database).write_bytes(content)
    assert is_log_broken(database) == is_broken
    numbers = {record.values[0] for record in read_images(database).current_records() if len(record.values) == 1}
    assert numbers == set(range(10)), "read without SQLite, the later ones are there"
    with closing(sqlite3.connect(database)) as connection:
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        seen = connection.execute("SELECT count(*) FROM one").fetchone()[0] if tables else 0
    assert seen < 10


def test_no_file_has_no_pages(tmp_path: Path) -> None:
    images = read_images(tmp_path / "nothing")
    assert list(images.current_records()) == list(images.older_records()) == []
    assert not is_log_broken(tmp_path / "nothing")
