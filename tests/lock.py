"""`python3 -m tests.lock [--upgrade]`: makes the lock files in `agent/locks/` anew, one for each extra.

Each holds every file, by its hash, that the extra may need under any supported Python on Windows, Linux or macOS.
What is locked already stays as it is while it still fits `pyproject.toml`; `--upgrade` takes the newest of everything.
It uses uv, in an environment of its own that is thrown away.
"""

import argparse
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from agent.bootstrap import LOCKS, ROOT

WIDEST = "test"
"""It holds what the extras after it need too, so they are given its versions."""
EXTRAS = (WIDEST, "demo", "smm", "window")
OLDEST = "3.11"
HEADER = "# Made by `python3 -m tests.lock`. Install with `pip install --require-hashes -r` this file.\n"
_IN_EVERY_ENVIRONMENT = "pip"
"""sqlite-utils requires it; an environment keeps the one that it was made with."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tests.lock", description="Makes the lock files anew.")
    parser.add_argument("--upgrade", action="store_true", help="take the newest of everything that fits")
    upgrade = parser.parse_args().upgrade
    with tempfile.TemporaryDirectory() as folder:
        uv = _install_uv(Path(folder))
        for extra in EXTRAS:
            _lock(uv, extra, upgrade=upgrade)
    return 0


def _install_uv(folder: Path) -> str:
    venv.create(folder, with_pip=True)
    scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
    subprocess.run([str(scripts / "python"), "-m", "pip", "install", "--quiet", "uv"], check=True)
    return str(scripts / "uv")


def _lock(uv: str, extra: str, *, upgrade: bool) -> None:
    lock = LOCKS / f"{extra}.lock"
    command = [uv, "pip", "compile", "pyproject.toml", "--quiet", "--universal", "--generate-hashes"]
    command += ["--extra", extra, "--python-version", OLDEST, "--no-emit-package", _IN_EVERY_ENVIRONMENT]
    command += ["--no-header", "--no-annotate", "--output-file", str(lock)]
    if extra != WIDEST:
        command += ["--constraints", str(LOCKS / f"{WIDEST}.lock")]
    if upgrade:
        command.append("--upgrade")
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    lock.write_text(HEADER + lock.read_text(encoding="utf-8"), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main())
