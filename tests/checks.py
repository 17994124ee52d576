"""`python3 -m tests.checks [NAME …]`: style, format, types and import contract; the one list of them.

`python3 -m tests` runs them all before the tests, and each hook of `.pre-commit-config.yaml` runs one.
"""

import os
import subprocess
import sys
from collections.abc import Sequence

from agent import old_python

old_python.refuse()

from agent import bootstrap  # noqa: E402

EXTRA = "test"
CHECKS = {
    "style": ["-m", "ruff", "check", "."],
    "format": ["-m", "ruff", "format", "--check", "--quiet", "."],
    "types": ["-m", "mypy"],
    "imports": ["-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-logo"],
}
"""What Python is started with, by the name of the check; from the root of the checkout."""


def run(names: Sequence[str] = tuple(CHECKS)) -> bool:
    """Whether all these checks pass; the output of those that fail goes to standard error."""
    clean = True
    for name in names:
        command = [sys.executable, *CHECKS[name]]
        done = subprocess.run(command, cwd=bootstrap.ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            clean = False
            print(done.stdout + done.stderr, file=sys.stderr)
    print(f"{', '.join(names)}: {'clean' if clean else 'NOT clean'}", flush=True)
    return clean


def main() -> int:
    names = sys.argv[1:] or list(CHECKS)
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        print(f"No check is called {', '.join(unknown)}; there are {', '.join(CHECKS)}.", file=sys.stderr)
        return 2
    if not bootstrap.is_ready(EXTRA):
        return bootstrap.hand_over("tests.checks", EXTRA, names)
    return 0 if run(names) else 1


if __name__ == "__main__":
    os.chdir(bootstrap.ROOT)
    sys.exit(main())
