"""`python3 -m tests.fuzz [TARGET…] [--seconds N] [--seed N] [--keep] [--list]`, on a bare machine too."""

import argparse
import os
import sys
import time

from agent import old_python

old_python.refuse()

from agent import bootstrap  # noqa: E402

EXTRA = "test"


def main() -> int:
    if not bootstrap.is_ready(EXTRA):
        return bootstrap.hand_over("tests.fuzz", EXTRA, sys.argv[1:])
    from tests.fuzz.targets import TARGETS

    arguments = _arguments(sorted(TARGETS))
    if arguments.list:
        print("\n".join(sorted(TARGETS)))
        return 0
    found = sum(_fuzz(name, arguments) for name in arguments.targets or TARGETS)
    return 1 if found else 0


def _arguments(known: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python3 -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="all, if none is named")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target")
    parser.add_argument("--seed", type=int, default=0, help="another one gives other inputs")
    parser.add_argument("--keep", action="store_true", help="write the smallest corpus that takes all edges found")
    parser.add_argument("--list", action="store_true", help="only names the targets")
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.targets) - set(known)):
        parser.error(f"no such target: {', '.join(unknown)}")
    return arguments


def _fuzz(name: str, arguments: argparse.Namespace) -> int:
    """How many findings there are."""
    from tests.fuzz import corpus
    from tests.fuzz.budget import wasteful
    from tests.fuzz.fuzzer import Fuzzer
    from tests.fuzz.targets import TARGETS

    fuzzer = Fuzzer(TARGETS[name], corpus.read(name), arguments.seed)
    began = time.monotonic()
    while time.monotonic() < began + arguments.seconds:
        fuzzer.step()
    findings = [*fuzzer.findings.values(), *wasteful(fuzzer.target, fuzzer.entries, arguments.seed)]
    speed = fuzzer.runs / (time.monotonic() - began)
    print(
        f"{name:24} {fuzzer.runs:8} runs {speed:6.0f}/s {len(fuzzer.entries):5} entries {len(fuzzer.edges):5} edges"
        f" {len(findings):3} findings",
        flush=True,
    )
    for finding in findings:
        print(f"    {finding.what}\n        {finding.octets.hex()}", flush=True)
    if arguments.keep:
        corpus.write(name, fuzzer.minimal())
    return len(findings)


if __name__ == "__main__":
    os.chdir(bootstrap.ROOT)
    sys.exit(main())
