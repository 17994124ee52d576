"""A rescue that is killed between any two of its steps is finished by the next start."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.store import Store
from agent.store.rescue import placing, start_anew
from tests.store.rescue.damage import DATABASE, WAITING, make_tablet, strike, waiting_in, works
from tests.store.samples import NOW

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="on Windows the keyring keeps the key")


class _Killed(BaseException):
    """The program is gone."""


def _images_of(folder: Path, images: Path, run: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folder as it is before each step on the file system that counts."""
    kept: list[Path] = []

    def keep(_folder: Path) -> None:
        image = images / str(len(kept))
        shutil.copytree(folder, image)
        kept.append(image)

    with monkeypatch.context() as watched:
        watched.setattr(placing, "sync_folder", keep)
        watched.setattr(placing, "_sync", keep)
        run()
    return kept


def test_a_mending_that_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, images = tmp_path / "tablet", tmp_path / "images"
    device = make_tablet(folder, killed=True)
    strike(folder / DATABASE, 1, 200)
    before = (folder / DATABASE).read_bytes()
    kept = _images_of(folder, images, lambda: Store.open(folder).close(), monkeypatch)
    assert len(kept) > 10
    for image in kept:
        store = Store.open(image)
        assert (store.identity.device_id, waiting_in(store)) == (device, WAITING)
        assert works(store)
        store.close()
        assert [path.read_bytes() for path in image.glob(f"set-aside-*/{DATABASE}")] == [before]
        assert not list(image.glob("rescue-*"))


def test_a_start_as_a_new_tablet_that_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, images = tmp_path / "tablet", tmp_path / "images"
    device = make_tablet(folder)
    (folder / "vault.key").write_text("rubbish")
    kept = _images_of(folder, images, lambda: start_anew(folder, NOW), monkeypatch)
    assert len(kept) > 10
    for image in kept:
        if any(path.is_dir() and path.suffix != ".new" for path in image.glob("rescue-*")) or not list(
            image.glob("rescue-*")
        ):
            store = Store.open(image)
        else:
            start_anew(image, NOW)
            store = Store.open(image)
        assert store.identity.device_id != device
        assert waiting_in(store) == WAITING
        store.close()
        (old,) = image.glob("set-aside-*")
        assert (old / "vault.key").read_text() == "rubbish"
        assert {path.name for path in old.iterdir()} >= {DATABASE, "eplus.copy", "vault.key", "report.json"}


def test_what_was_not_whole_is_thrown_away(tmp_path: Path) -> None:
    folder = tmp_path / "tablet"
    make_tablet(folder)
    (folder / "rescue-20261123-100000.new").mkdir()
    (folder / "rescue-20261123-100000.new" / DATABASE).write_text("half")
    store = Store.open(folder)
    assert waiting_in(store) == WAITING
    store.close()
    assert not list(folder.glob("rescue-*"))
