"""The bench itself: its command, its table, its goals."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agent.bootstrap import ROOT
from tests.bench.figure import Figure, table


def figure(ours: float, peer: float | None, *, absolute: bool = False) -> Figure:
    return Figure("rows", "rows/s", ours, peer, "somebody", 10, "at least", absolute=absolute, why="not installed")


@pytest.mark.parametrize(
    ("one", "met"),
    [
        (figure(100, 10), True),
        (figure(99, 10), False),
        (figure(100, None), None),
        (figure(11, None, absolute=True), True),
        (figure(9, 1, absolute=True), False),
    ],
)
def test_goals(one: Figure, met: bool | None) -> None:
    assert one.met is met
    assert one.as_json()["met"] is met


def test_table_says_why_a_peer_is_missing() -> None:
    lines = table([figure(100, None), figure(100, 1)]).splitlines()
    assert lines[1].endswith("not installed") and lines[2].endswith("yes")


@pytest.mark.interop
def test_the_command(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    command = [sys.executable, "-m", "tests.bench", "registers", "--json", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (said,) = json.loads(file.read_text())
    assert said.keys() == {"name", "unit", "ours", "peer", "peer_name", "ratio", "goal", "met"}
    assert (said["ours"], said["peer"], said["met"]) == (1, 7, True)
    assert subprocess.run([*command[:3], "no-such-part"], cwd=ROOT, capture_output=True, check=False).returncode == 2
