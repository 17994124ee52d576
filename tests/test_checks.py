"""The hooks before a commit and the checks of `python3 -m tests` are one list."""

import shlex
import subprocess
import sys

import yaml

from agent.bootstrap import ROOT
from tests import checks


def test_each_hook_runs_the_check_of_its_name() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repository["repo"] for repository in config["repos"]] == ["local"], "nothing is fetched"
    hooks = [hook for repository in config["repos"] for hook in repository["hooks"]]
    assert [hook["id"] for hook in hooks] == list(checks.CHECKS)
    for hook in hooks:
        assert shlex.split(hook["entry"]) == ["python3", "-m", "tests.checks", hook["id"]]
        assert hook["language"] == "system"
        assert hook["pass_filenames"] is False, "a check is of the whole project"


def test_one_check_runs_by_its_name() -> None:
    done = _checks("format")
    assert done.stdout == "format: clean\n", done.stderr


def test_an_unknown_check_is_an_error() -> None:
    done = _checks("beauty")
    assert done.returncode == 2
    assert done.stderr == "No check is called beauty; there are style, format, types, imports.\n"


def _checks(*names: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.checks", *names]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
