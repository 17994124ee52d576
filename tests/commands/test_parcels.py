"""`eplus export` and `eplus import`: a running tablet, one that was killed, a second one."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from agent.commands.main import cli
from agent.domain.parcel import MAX_FILE, read_parcel
from agent.store import Store, parcels, settings
from agent.store.settings import Setting
from tests.store.samples import settle_new_job, write

PUBLIC = X25519PrivateKey.generate().public_key().public_bytes_raw().hex()


def eplus(*arguments: str | Path) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(cli, [*map(str, arguments), "--json"])
    return done.exit_code, json.loads(done.stdout or "{}")


@pytest.fixture
def tablet(tmp_path: Path) -> Iterator[Store]:
    """It runs, and two jobs wait."""
    store = Store.open(tmp_path / "data")
    write(store, lambda db: settings.put(db, Setting.SMM_PARCEL_KEY, PUBLIC))
    settle_new_job(store, "job-1")
    settle_new_job(store, "job-2")
    yield store
    store.close()


def test_export_of_a_running_tablet(tablet: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status, said = eplus("export", "--data", tablet.folder, "--to", tmp_path / "usb")
    (file,) = said["files"]
    assert (status, said["count"], Path(file).parent) == (0, 2, tmp_path / "usb")
    assert read_parcel(Path(file).read_bytes()).head.device == tablet.identity.device_id
    monkeypatch.setenv("EPLUS_CSV_FOLDER", str(tmp_path / "Documents"))
    done = CliRunner().invoke(cli, ["export", "--data", str(tablet.folder)])
    (exported,) = (tmp_path / "Documents").iterdir()
    assert done.output == f"2 envelopes in {exported}\n"


def test_export_from_the_folder_of_a_broken_tablet(tablet: Store, tmp_path: Path) -> None:
    """Its agent was killed, the write-ahead log is there, and the key that protects its identity is not."""
    broken = tmp_path / "from its disk"
    shutil.copytree(tablet.folder, broken)
    (broken / "vault.key").unlink()
    assert (broken / "eplus.sqlite-wal").stat().st_size > 0
    status, said = eplus("export", "--data", broken, "--to", tmp_path / "a.eplus")
    assert (status, said) == (0, {"files": [str(tmp_path / "a.eplus")], "count": 2})


def test_nothing_to_export_and_what_cannot_be_exported(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "data")
    assert eplus("export", "--data", store.folder, "--to", tmp_path) == (0, {"files": [], "count": 0})
    settle_new_job(store, "job-1")
    status, said = eplus("export", "--data", store.folder, "--to", tmp_path / "usb")
    assert (status, said["error"]["code"], (tmp_path / "usb").exists()) == (2, "parcel-no-key", False)
    store.close()
    assert eplus("export", "--data", tmp_path / "nowhere", "--to", tmp_path)[0] == 7


@pytest.mark.parametrize("is_running", [True, False])
def test_import_on_a_second_tablet(tablet: Store, tmp_path: Path, is_running: bool) -> None:
    eplus("export", "--data", tablet.folder, "--to", tmp_path / "a.eplus")
    second = Store.open(tmp_path / "second")
    if not is_running:
        second.close()
    for is_new in (True, False):
        status, said = eplus("import", tmp_path / "a.eplus", "--data", tmp_path / "second")
        assert (status, said["device"], said["count"], said["new"]) == (0, tablet.identity.device_id, 2, is_new)
    assert len(parcels.put_here(tmp_path / "second")) == is_running
    second.close()
    done = CliRunner().invoke(cli, ["import", str(tmp_path / "a.eplus"), "--data", str(tmp_path / "second")])
    assert "were imported before" in done.output
    assert parcels.put_here(tmp_path / "second") == []


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"serial;t1\n", "parcel-none"), (b"", "parcel-none"), (bytes(MAX_FILE + 1), "parcel-too-large")],
)
def test_what_is_not_imported(tablet: Store, tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "x").write_bytes(content)
    status, said = eplus("import", tmp_path / "x", "--data", tablet.folder)
    assert (status, said["error"]["code"]) == (2, code)


def test_a_damaged_file_is_not_imported(tablet: Store, tmp_path: Path) -> None:
    eplus("export", "--data", tablet.folder, "--to", tmp_path / "a.eplus")
    (tmp_path / "b.eplus").write_bytes((tmp_path / "a.eplus").read_bytes()[:-20])
    status, said = eplus("import", tmp_path / "b.eplus", "--data", tablet.folder)
    assert (status, said["error"]["code"]) == (2, "parcel-damaged")
    assert parcels.put_here(tablet.folder) == []
