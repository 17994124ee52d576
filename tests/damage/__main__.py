"""Damaged folders of tablets, and what becomes of them: `python3 -m tests.damage [--runs N] [--seed S] [--only WORDS]`.

With `--only`, of the drawn cases only those with these words in their name.
"""

import argparse
import sys

from agent import old_python

old_python.refuse()

from agent import bootstrap  # noqa: E402

EXTRA = "test"


def main() -> int:
    if not bootstrap.is_ready(EXTRA):
        return bootstrap.hand_over("tests.damage", EXTRA, sys.argv[1:])
    from tests.damage.campaign import Summary, all_cases, survive
    from tests.damage.template import template
    from tests.faults.power import fast_folder

    arguments = _arguments()
    cases = [case for case in all_cases(arguments.runs, arguments.seed) if arguments.only in str(case)]
    summary = Summary()
    with fast_folder() as root, template(root) as prepared:
        for number, case in enumerate(cases):
            outcome = survive(case, prepared, root / str(number))
            summary.add(case, outcome)
            if outcome.wrong:
                print(f"WRONG {case}: {'; '.join(outcome.wrong)}", flush=True)
    print(summary.table())
    print(f"{len(cases)} damaged folders, {summary.wrong} wrong")
    return 1 if summary.wrong else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python3 -m tests.damage", description=__doc__)
    parser.add_argument("--runs", type=int, default=1000, metavar="N", help="damaged folders to be tried")
    parser.add_argument("--seed", type=int, default=0, help="another one draws other damages")
    parser.add_argument("--only", default="", metavar="WORDS", help="only cases with these words in their name")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
