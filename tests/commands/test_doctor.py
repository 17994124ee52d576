"""`eplus doctor`: one page that support can read, on a machine with and without Bluetooth."""

import json
from pathlib import Path

from click.testing import CliRunner

from agent.commands.main import cli


def doctor(folder: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["doctor", "--data", str(folder), "--seconds", "0.2", *arguments])
    return done.exit_code, done.output


def test_it_says_what_is_here_and_what_to_do(tmp_path: Path) -> None:
    status, output = doctor(tmp_path, "--json")
    findings = {finding["part"]: finding for finding in json.loads(output)["findings"]}
    assert {"program", "system", "packages", "data", "trace", "probe profiles", "bluetooth", "loop-back"} <= set(
        findings
    )
    assert findings["loop-back"]["verdict"] == "ok"
    assert "Nordic UART" in findings["probe profiles"]["text"]
    if findings["bluetooth"]["verdict"] == "wrong":
        assert findings["bluetooth"]["code"].startswith("link-")
    assert status == (3 if any(finding["verdict"] == "wrong" for finding in findings.values()) else 0)


def test_a_utilitys_own_profile_is_listed_and_a_wrong_one_explained(tmp_path: Path) -> None:
    folder = tmp_path / "probes"
    folder.mkdir()
    service = '"0000abc0-0000-1000-8000-00805f9b34fb"'
    good = f'title = "Ours"\nservice = {service}\nwrite = {service}\nnotify = {service}\ncap = 100\n'
    (folder / "ours.toml").write_text(good)
    assert "Ours" in doctor(tmp_path)[1]
    (folder / "theirs.toml").write_text(good.replace("cap = 100", "cap = 5000"))
    status, output = doctor(tmp_path)
    assert (status, "theirs.toml" in output, "cap is 1 to 512" in output) == (3, True, True)
