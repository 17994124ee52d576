"""`eplus rescue`, and what other commands say of a damaged folder."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.commands.main import cli
from agent.store import Store, read_only
from agent.store.database import FILE_NAME
from tests.store.samples import settle_new_job

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="on Windows the keyring keeps the key")


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A tablet without its database."""
    folder = tmp_path / "broken"
    store = Store.open(folder)
    settle_new_job(store)
    store.close()
    (folder / FILE_NAME).unlink()
    return folder


def eplus(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(each) for each in arguments])


def test_it_says_what_is_there_and_what_would_be_done(broken: Path) -> None:
    done = eplus("rescue", broken)
    assert done.exit_code == 0
    assert "missing" in done.output and "1 of them wait for SMM" in done.output
    assert "--into" in done.output
    content = json.loads(eplus("rescue", broken, "--json").output)
    assert (content["verdict"], content["database"], content["found"]["waiting"]) == ("mend", "missing", 1)
    assert content["device"].startswith("T-")
    assert not (broken / FILE_NAME).exists()


def test_a_mended_folder_is_written(broken: Path, tmp_path: Path) -> None:
    done = eplus("rescue", broken, "--into", tmp_path / "mended", "--json")
    assert done.exit_code == 0
    assert json.loads(done.output)["saved"]["waiting"] == 1
    assert not (broken / FILE_NAME).exists()
    assert "UAAEEDN11200129695" in eplus("jobs", "--data", tmp_path / "mended").output
    again = eplus("rescue", broken, "--into", tmp_path / "mended")
    assert again.exit_code == 2


def test_without_its_key_it_can_only_be_a_new_tablet(broken: Path, tmp_path: Path) -> None:
    (broken / "vault.key").unlink()
    done = eplus("rescue", broken)
    assert (done.exit_code, "--new-tablet" in done.output) == (7, True)
    refused = eplus("rescue", broken, "--into", tmp_path / "mended", "--json")
    assert refused.exit_code == 7
    assert '"code": "identity-lost"' in refused.output
    assert not (tmp_path / "mended").exists()
    assert eplus("rescue", broken, "--into", tmp_path / "mended", "--new-tablet").exit_code == 0
    store = Store.open(tmp_path / "mended")
    store.close()
    with read_only(tmp_path / "mended") as db:
        assert db.execute("SELECT count(*) FROM outbox WHERE state = 'waiting'").fetchone() == (1,)


def test_what_makes_no_sense_is_refused(broken: Path, tmp_path: Path) -> None:
    assert eplus("rescue", tmp_path / "nowhere").exit_code == 2
    assert eplus("rescue", broken, "--new-tablet").exit_code == 2


def test_other_commands_say_the_same(broken: Path) -> None:
    mendable = eplus("jobs", "--data", broken, "--json")
    assert (mendable.exit_code, '"code": "storage-damaged"' in mendable.output) == (7, True)
    (broken / "eplus.copy").unlink()
    asking = eplus("jobs", "--data", broken, "--json")
    assert (asking.exit_code, '"code": "rescue-needed"' in asking.output) == (7, True)


@pytest.mark.parametrize(("lost", "verdict"), [("", "ok"), (FILE_NAME, "note"), ("vault.key", "wrong")])
def test_doctor_has_a_line_on_it(tmp_path: Path, lost: str, verdict: str) -> None:
    store = Store.open(tmp_path)
    settle_new_job(store)
    store.close()
    if lost:
        (tmp_path / lost).unlink()
    output = eplus("doctor", "--data", tmp_path, "--seconds", "0", "--json").output
    (finding,) = [each for each in json.loads(output)["findings"] if each["part"] == "store"]
    assert finding["verdict"] == verdict
