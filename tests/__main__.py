"""`python3 -m tests [--fast] [pytest's own arguments]`, on a machine with nothing but Python.

Without arguments the radio tests run once more, in a virtual machine with a real Bluetooth stack (`tests/vm`).
"""

import os
import subprocess
import sys

from agent import old_python

old_python.refuse()

from agent import bootstrap  # noqa: E402
from tests import checks  # noqa: E402

PARALLEL = ["-n", "4", "--dist", "worksteal"]
"""More than there are cores: many tests wait for a clock or another process."""
FAST = ["-m", "not browser and not interop and not slow"]


def main() -> int:
    if not bootstrap.is_ready(checks.EXTRA):
        return bootstrap.hand_over("tests", checks.EXTRA, sys.argv[1:])
    fast = "--fast" in sys.argv[1:]
    arguments = [argument for argument in sys.argv[1:] if argument != "--fast"]
    if not fast:
        _prepare()
    if not arguments and not checks.run():
        return 1
    chosen = [*(FAST if fast else []), *(arguments or (PARALLEL if fast else []))]
    pytest = [sys.executable, "-m", "pytest", "-q", *chosen]
    status = subprocess.run(pytest, cwd=bootstrap.ROOT, check=False).returncode
    if arguments or fast:
        return status
    return status or subprocess.run([sys.executable, "-m", "tests.vm"], cwd=bootstrap.ROOT, check=False).returncode


def _prepare() -> None:
    """A browser, and other makers' meters; where they cannot be had, their tests say why."""
    from tests import browsers
    from tests.interop import peers

    browsers.make_sure()
    peers.make_sure()


if __name__ == "__main__":
    os.chdir(bootstrap.ROOT)
    sys.exit(main())
