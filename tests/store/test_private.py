"""Other users of the machine see nothing of the tablet's folder."""

import os
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest

from agent.domain.errors import StoreError
from agent.store import Store
from tests.store.samples import settle_new_job

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows gives a user's folders to that user alone")


def rights(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_folder_and_files_are_the_users_own(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    former = os.umask(0)
    try:
        with closing(Store.open(folder)) as store:
            settle_new_job(store, "job-1")
            assert rights(folder) == 0o700
        made = list(folder.iterdir())
        with closing(Store.open(folder)):
            assert {file.name: rights(file) for file in made if file.exists() and rights(file) != 0o600} == {}
    finally:
        os.umask(former)


def test_what_was_open_to_all_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    Store.open(folder).close()
    folder.chmod(0o777)
    for file in folder.iterdir():
        file.chmod(0o666)
    with closing(Store.open(folder)):
        assert (rights(folder), rights(folder / "eplus.sqlite")) == (0o700, 0o600)


@pytest.mark.parametrize("name", ["eplus.sqlite", "vault.key", "eplus.copy", "counters.sqlite"])
def test_a_link_in_place_of_a_file_is_not_followed(tmp_path: Path, name: str) -> None:
    folder, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    Store.open(folder).close()
    elsewhere.write_bytes(b"somebody's")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(elsewhere)
    with pytest.raises(StoreError) as refused:
        Store.open(folder)
    assert refused.value.code == "storage-not-private"
    assert elsewhere.read_bytes() == b"somebody's"
