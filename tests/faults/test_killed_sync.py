"""The process is killed between statements of a synchronisation: nothing is lost, and SMM has nothing twice."""

import random
from pathlib import Path

import pytest

from tests.faults.killed_sync import kill_and_go_on, prepare

NEVER = 10**6
KILLS = 5
SEED = 20261128


@pytest.mark.slow
def test_killed_between_statements_of_a_sync(tmp_path: Path) -> None:
    """A sample; all of them: `python3 -m tests.faults.killed_sync`."""
    prepare(tmp_path / "prepared")
    count = kill_and_go_on(tmp_path / "prepared", tmp_path / "whole", NEVER)
    assert count is not None and count > KILLS
    for statement in random.Random(SEED).sample(range(count), KILLS):
        assert kill_and_go_on(tmp_path / "prepared", tmp_path / str(statement), statement) is None
