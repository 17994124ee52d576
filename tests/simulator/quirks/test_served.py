"""`eplus simulate --quirk` over a real socket."""

import json
import subprocess
from pathlib import Path

import pytest

from agent.simulator.quirks import QUIRKS
from tests.interop.processes import EPLUS, eplus, simulated_meter

pytestmark = pytest.mark.slow


def test_a_meter_with_three_quirks_is_read(tmp_path: Path) -> None:
    quirks = [part for name in ("list-single", "valve-first", "clock-day-0") for part in ("--quirk", name)]
    with simulated_meter("--serial", "OTHERMETER01", *quirks) as port:
        link = f"tcp://127.0.0.1:{port}"
        done = eplus("job", "reading", "--link", link, "--json", "--data", str(tmp_path))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["serial"] == "OTHERMETER01" and report["result"]["meter_time"] is None
    assert report["result"]["breaker"]["control"] and len(report["result"]["tariffs"]) == 6


def test_a_readout_with_a_quirk_is_read(tmp_path: Path) -> None:
    with simulated_meter("--serial", "OTHERMETER01", "--signon", "mode-c", "--quirk", "history-first") as port:
        link = f"tcp://127.0.0.1:{port}"
        done = eplus("job", "reading", "--link", link, "--model", "readout", "--json", "--data", str(tmp_path))
    assert done.returncode == 0, done.stderr


def test_all_quirks_are_listed_with_their_words() -> None:
    listed = subprocess.run([*EPLUS, "simulate", "--quirks"], capture_output=True, text=True, check=True).stdout
    assert all(f"  {quirk.name} " in listed and quirk.words in listed for quirk in QUIRKS.values())


def test_a_quirk_that_there_is_not_is_bad_usage() -> None:
    command = [*EPLUS, "simulate", "--tcp", "127.0.0.1:0", "--quirk", "no-such"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2
