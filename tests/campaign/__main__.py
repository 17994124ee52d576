"""`python3 -m tests.campaign [ACTIVITY…] [--sample N] [--seed N] [--jobs N] [--case NAME]`, on a bare machine too."""

import argparse
import os
import random
import sys

from agent import old_python

old_python.refuse()

from agent import bootstrap  # noqa: E402

EXTRA = "test"


def main() -> int:
    if not bootstrap.is_ready(EXTRA):
        return bootstrap.hand_over("tests.campaign", EXTRA, sys.argv[1:])
    from tests.campaign.activities import CHANGES
    from tests.campaign.faults import Case, all_cases, parse_case
    from tests.campaign.pool import Worker, run_all
    from tests.campaign.summary import Summary

    arguments = _arguments(list(CHANGES))
    worker = Worker()
    cases: list[Case] = []
    for name in arguments.activities or CHANGES:
        cases += all_cases(name, worker.measure(name), CHANGES[name].steps)
    worker.close()
    if arguments.case:
        cases = [parse_case(arguments.case)]
    if arguments.sample:
        cases = random.Random(arguments.seed).sample(cases, min(arguments.sample, len(cases)))
    print(f"{len(cases)} cases", flush=True)
    summary = Summary()
    for case, outcome in run_all(cases, arguments.jobs):
        summary.add(case, outcome)
        if outcome.is_wrong:
            print(f"WRONG {case}: {outcome.why}", flush=True)
    print(summary.table())
    return 1 if summary.wrong else 0


def _arguments(known: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python3 -m tests.campaign", description=__doc__)
    parser.add_argument("activities", nargs="*", metavar="ACTIVITY", help=f"all, if none is named: {', '.join(known)}")
    parser.add_argument("--sample", type=int, metavar="N", help="so many of all cases; without it, all of them")
    parser.add_argument("--seed", type=int, default=0, help="another one draws another sample")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes beside each other")
    parser.add_argument("--case", metavar="NAME", help="only this one, by the name that it has in the output")
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.activities) - set(known)):
        parser.error(f"no such activity: {', '.join(unknown)}")
    return arguments


if __name__ == "__main__":
    os.chdir(bootstrap.ROOT)
    sys.exit(main())
