"""`python3 -m tests.vm [pytest's own arguments]`: the radio tests over a real Bluetooth stack."""

import os
import sys

from tests.vm.machine import RADIO_TESTS, run
from tests.vm.parts import Lacking


def main(arguments: list[str]) -> int:
    try:
        outcome = run(arguments or RADIO_TESTS)
    except Lacking as lacking:
        print(f"radio tests in a virtual machine: not run, {lacking}", file=sys.stderr)
        return 1 if os.environ.get("CI") else 0
    if not outcome.is_good or arguments:
        print(outcome.console)
    print(outcome.words(), flush=True)
    return 0 if outcome.is_good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
