"""Visits to meters with quirks drawn at random: `python3 -m tests.quirks [--runs N] [--seed S] [--all]`.

Quirks that are known to be open are left out, but for `--all`.
"""

import argparse
import sys

from agent import old_python

old_python.refuse()

from agent import bootstrap  # noqa: E402

EXTRA = "test"


def main() -> int:
    if not bootstrap.is_ready(EXTRA):
        return bootstrap.hand_over("tests.quirks", EXTRA, sys.argv[1:])
    from tests.quirks.campaign import Campaign

    arguments = _arguments()
    campaign = Campaign(arguments.runs, arguments.seed, arguments.all)
    wrong = 0
    for case, ending in campaign.faults():
        wrong += 1
        print(f"WRONG {case}: {'; '.join(ending.wrong[:3])}", flush=True)
    for words, times in campaign.endings.most_common():
        print(f"{times:7} {words}")
    print(f"{campaign.tried} visits, {wrong} smallest cases that end wrong")
    return 1 if wrong else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python3 -m tests.quirks", description=__doc__)
    parser.add_argument("--runs", type=int, default=5000, metavar="N", help="visits to be drawn")
    parser.add_argument("--seed", type=int, default=0, help="another one draws other visits")
    parser.add_argument("--all", action="store_true", help="also quirks that are known to be open")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
