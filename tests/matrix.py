"""`python3 -m tests.matrix [pytest's own arguments]`: the fast part under every supported Python of this machine.

Each gets an environment of its own in `.pythons/`, made by the lock file for the tests. Pythons are looked for on the
PATH, with the `py` launcher of Windows, and where pyenv and uv keep them. It says at the end what ran and what did not,
and fails if a test did, or if a Python that `pyproject.toml` names is not here and `CI` is set.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from agent.bootstrap import LOCKS, ROOT
from tests.__main__ import FAST, PARALLEL

ENVIRONMENTS = ROOT / ".pythons"
LOCK = LOCKS / "test.lock"
ABSENT = "not on this machine"
_CLASSIFIER = re.compile(r"Programming Language :: Python :: (3\.\d+)")
_MANAGED = (("~/.pyenv/versions", "bin/python"), ("~/.local/share/uv/python", "bin/python3"))


def main(arguments: Sequence[str]) -> int:
    """Runs them one after the other; the exit code is that of the whole."""
    outcomes = {}
    for version in supported():
        python = find(version)
        if python is None:
            outcomes[version] = ABSENT
            continue
        print(f"── Python {version}: {python}", flush=True)
        outcomes[version] = run(version, python, arguments)
    print("\n".join(f"Python {version}: {outcome}" for version, outcome in outcomes.items()), flush=True)
    return exit_code(outcomes.values(), is_ci=bool(os.environ.get("CI")))


def supported() -> list[str]:
    """The versions in the classifiers of the project, as `3.11`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [match[1] for match in map(_CLASSIFIER.fullmatch, project["classifiers"]) if match]


def find(version: str) -> Path | None:
    """An interpreter of exactly that version, which can make environments."""
    return next((python for python in _candidates(version) if _is(python, version)), None)


def run(version: str, python: Path, arguments: Sequence[str]) -> str:
    """How the tests went: `passed`, or what failed, in words."""
    environment = ENVIRONMENTS / version
    inside = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp = environment / "lock.sha256"
    locked = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text("ascii") != locked:
        pip = [str(inside), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        for step in (
            [str(python), "-m", "venv", "--clear", str(environment)],
            [*pip, "--require-hashes", "-r", str(LOCK)],
            [*pip, "--no-deps", "-e", "."],
        ):
            if subprocess.run(step, cwd=ROOT, check=False).returncode:
                return "FAILED: its environment could not be made"
        stamp.write_text(locked, "ascii")
    tests = [str(inside), "-m", "pytest", "-q", *FAST, *(arguments or PARALLEL)]
    status = subprocess.run(tests, cwd=ROOT, check=False).returncode
    return "passed" if not status else f"FAILED: pytest ended with {status}"


def exit_code(outcomes: Iterable[str], *, is_ci: bool) -> int:
    """1 if tests failed or none ran at all; in CI also if a Python is absent."""
    told = list(outcomes)
    if any(outcome.startswith("FAILED") for outcome in told) or "passed" not in told:
        return 1
    return 1 if is_ci and ABSENT in told else 0


def _candidates(version: str) -> Iterator[Path]:
    if found := shutil.which(f"python{version}"):
        yield Path(found)
    if launcher := shutil.which("py"):
        told = subprocess.run(
            [launcher, f"-{version}", "-c", "import sys; print(sys.executable)"],
            capture_output=True,
            text=True,
            check=False,
        )
        if not told.returncode:
            yield Path(told.stdout.strip())
    for folder, python in _MANAGED:
        yield from sorted(Path(folder).expanduser().glob(f"*{version}.*/{python}"), reverse=True)


def _is(python: Path, version: str) -> bool:
    check = "import sys, venv, ensurepip; print('.'.join(map(str, sys.version_info[:2])))"
    try:
        told = subprocess.run([str(python), "-c", check], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return told.stdout.strip() == version


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
