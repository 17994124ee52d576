"""The room that is kept on the disk: made when there is much, given when there is none, and made again."""

import errno
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from agent.domain.errors import StorageFull, StoreError
from agent.store import CanWait, Store, reserve
from agent.store.counters import COUNTERS_FILE, Counters
from agent.store.reserve import A_JOB, SIZE, Reserve, room_for_jobs
from tests.store.samples import settle_new_job, write


class Usage(NamedTuple):
    free: int


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets how much room the disk says that it has."""

    def set_to(octets: int) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(octets))

    return set_to


class FullUntil:
    """A write that finds the disk full as long as a file is there."""

    def __init__(self, path: Path, error: int = errno.ENOSPC) -> None:
        self.path, self.error, self.calls = path, error, 0

    def __call__(self) -> str:
        self.calls += 1
        if self.path.exists():
            raise OSError(self.error, "no")
        return "written"


def test_it_is_really_on_the_disk(tmp_path: Path) -> None:
    kept = Reserve(tmp_path)
    assert not kept.is_whole
    kept.make()
    status = (tmp_path / reserve.FILE_NAME).stat()
    assert kept.is_whole
    assert status.st_size == SIZE
    assert getattr(status, "st_blocks", SIZE) * 512 >= SIZE


def test_without_posix_fallocate_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("os.posix_fallocate", raising=False)
    kept = Reserve(tmp_path)
    kept.make()
    assert kept.is_whole
    assert len(set((tmp_path / reserve.FILE_NAME).read_bytes()[-4096:])) > 1


def test_it_is_not_made_where_it_would_take_the_room_of_others(tmp_path: Path, free: Callable[[int], None]) -> None:
    free(4 * SIZE - 1)
    kept = Reserve(tmp_path)
    kept.make()
    assert not kept.is_whole
    free(4 * SIZE)
    kept.make()
    assert kept.is_whole


def test_a_write_on_a_full_disk_is_done_again_with_its_room(tmp_path: Path) -> None:
    kept = Reserve(tmp_path)
    kept.make()
    write_it = FullUntil(tmp_path / reserve.FILE_NAME)
    assert (kept.with_room(write_it), write_it.calls) == ("written", 2)
    assert not kept.is_whole
    (tmp_path / "other").touch()
    with pytest.raises(StorageFull):
        kept.with_room(FullUntil(tmp_path / "other"))


def test_any_other_trouble_leaves_it_alone(tmp_path: Path) -> None:
    kept = Reserve(tmp_path)
    kept.make()
    with pytest.raises(StoreError) as caught:
        kept.with_room(FullUntil(tmp_path / reserve.FILE_NAME, errno.EIO))
    assert not isinstance(caught.value, StorageFull)
    assert kept.is_whole


def test_a_job_begins_with_the_reserve_or_with_room_beside_it(tmp_path: Path, free: Callable[[int], None]) -> None:
    kept = Reserve(tmp_path)
    free(SIZE + A_JOB)
    kept.require_room_for_job()
    free(SIZE + A_JOB - 1)
    with pytest.raises(StorageFull) as caught:
        kept.require_room_for_job()
    assert caught.value.code == "storage-no-room-for-job"
    free(4 * SIZE)
    kept.make()
    free(0)
    kept.require_room_for_job()


def test_room_is_said_early(tmp_path: Path, free: Callable[[int], None]) -> None:
    free(SIZE + 41 * A_JOB - 1)
    assert room_for_jobs(tmp_path) == 40
    free(SIZE - 1)
    assert room_for_jobs(tmp_path) == 0
    free(4 * SIZE)
    Reserve(tmp_path).make()
    free(40 * A_JOB)
    assert room_for_jobs(tmp_path) == 40
    free(201 * A_JOB)
    assert room_for_jobs(tmp_path) is None
    with pytest.raises(StoreError):
        Reserve(tmp_path / "nowhere").with_room(lambda: (tmp_path / "nowhere" / "x").touch())


def test_a_typical_job_is_what_a_job_is_counted_as(store: Store, tmp_path: Path) -> None:
    """Of readings; the figure leaves room for a load profile among ten of them."""

    def on_disk() -> int:
        names = ("eplus.sqlite", "eplus.copy")
        return sum((tmp_path / name).stat().st_size for name in names)

    settle_new_job(store, "job-0")
    before = on_disk()
    for number in range(1, 51):
        settle_new_job(store, f"job-{number}")
    assert (on_disk() - before) / 50 < A_JOB / 8


def test_the_store_makes_it_and_makes_it_again(store: Store, tmp_path: Path) -> None:
    path = tmp_path / reserve.FILE_NAME
    write(store, lambda _db: None)
    assert path.exists()
    path.unlink()
    write(store, lambda _db: None)
    write(store, lambda _db: None)
    assert store.writer.reserve.is_whole


def test_what_can_wait_does_not_get_its_room(store: Store) -> None:
    write(store, lambda _db: None)
    full = FullUntil(store.folder / reserve.FILE_NAME)
    with pytest.raises(StorageFull):
        write(store, CanWait(lambda _db: full()))
    assert store.writer.reserve.is_whole
    assert write(store, lambda _db: full()) == "written"


def test_counters_take_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Reserve(tmp_path)
    kept.make()
    counters = Counters(tmp_path / COUNTERS_FILE)
    full = FullUntil(tmp_path / reserve.FILE_NAME)
    transaction = Counters._transaction

    def on_a_full_disk(self: Counters) -> object:
        full()
        return transaction(self)

    monkeypatch.setattr(Counters, "_transaction", on_a_full_disk)
    assert counters.advance("key", 5) == 5
    assert not kept.is_whole
