"""A disk that is full or broken, at any operation. `python3 -m tests.faults.write_errors [--runs N] [--seed S]`

Without `--runs`, every operation of every workload fails in every way.
"""

import argparse
import itertools
import random
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.domain.errors import EplusError, StorageFull, StoreError
from tests.faults.disk import Disk, Fault, Trouble
from tests.faults.power import fast_folder
from tests.faults.sync_workload import sync_workload
from tests.faults.workloads import WORKLOADS, Promise, Step, TabletAtWork, Workload, check

TROUBLES: tuple[Trouble, ...] = ("full", "short", "io")
MOST_TRIES = 3


@dataclass(frozen=True)
class Run:
    """A workload with one fault."""

    workload: Workload
    fault: Fault

    def __str__(self) -> str:
        return f"{self.workload.name}, {self.fault.trouble} {'from' if self.fault.ever else 'at'} {self.fault.at}"


@contextmanager
def all_workloads() -> Iterator[Sequence[Workload]]:
    """Those of the store, and the one of the synchronisation."""
    with sync_workload() as sync:
        yield (*WORKLOADS, sync)


def all_runs(workloads: Sequence[Workload], root: Path) -> list[Run]:
    """Every fault at every operation."""
    runs: list[Run] = []
    for workload in workloads:
        count = _count(workload, root / f"counted-{workload.name}")
        kinds = itertools.product(range(count), TROUBLES, (False, True))
        runs += [Run(workload, Fault(at, trouble, ever)) for at, trouble, ever in kinds]
    return runs


def _count(workload: Workload, folder: Path) -> int:
    workload.prepare(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tablet = TabletAtWork(folder)
    with Disk(folder) as disk:
        for step in workload.steps:
            step(tablet)
        tablet.close()
    return disk.count


def survive(run: Run, folder: Path) -> int:
    """Carries it out; returns how many operations failed. Raises: AssertionError, or what should not be raised."""
    promises = run.workload.prepare(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tablet = TabletAtWork(folder)
    try:
        with Disk(folder) as disk, disk.failing(run.fault):
            for step in run.workload.steps:
                promises += _carry_out(step, tablet, disk, promises)
            tablet.close()
    finally:
        tablet.close()
    check(folder, promises)
    return len(disk.failed)


def _carry_out(step: Step, tablet: TabletAtWork, disk: Disk, promises: list[Promise]) -> list[Promise]:
    """Does a step; if the disk fails, looks at what is there, mends the disk, and does it once more."""
    for _ in range(MOST_TRIES):
        failed = len(disk.failed)
        try:
            return step(tablet)
        except EplusError as error:
            _is_told_rightly(error, disk, failed)
            _still_reads(tablet, promises)
            if disk.fault is not None and disk.fault.ever:
                disk.fault = None
    raise AssertionError("the disk is mended, and it still fails")


def _is_told_rightly(error: EplusError, disk: Disk, before: int) -> None:
    new = disk.failed[before:]
    assert isinstance(error, StoreError), f"told as {error.code}: {error}"
    assert new, f"no operation has failed, and yet: {error.code} {error.detail}"
    assert disk.fault is not None
    if disk.fault.trouble != "io" and set(new) == {"write"}:
        assert isinstance(error, StorageFull), f"a full disk is told as {error.code}: {error.detail}"


def _still_reads(tablet: TabletAtWork, promises: list[Promise]) -> None:
    if tablet.found is not None:
        for promise in promises:
            if not promise.writes:
                promise.holds(tablet.store, tablet.folder)


def wrong(run: Run, folder: Path) -> str | None:
    """What is wrong with it, if anything."""
    try:
        struck = survive(run, folder)
    except Exception as error:
        return f"{type(error).__name__}: {error or getattr(error, 'detail', '')}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return None if struck or run.fault.trouble != "io" else "no operation has failed"


def main() -> int:
    parser = argparse.ArgumentParser("python3 -m tests.faults.write_errors", description=__doc__)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help="all, if none is named")
    parser.add_argument("--runs", type=int, metavar="N", help="so many of all; without it, all of them")
    parser.add_argument("--seed", type=int, default=0, help="another one draws other runs")
    arguments = parser.parse_args()
    failures = 0
    with fast_folder() as root, all_workloads() as workloads:
        chosen = [each for each in workloads if not arguments.workloads or each.name in arguments.workloads]
        runs = all_runs(chosen, root)
        if arguments.runs:
            runs = random.Random(arguments.seed).sample(runs, min(arguments.runs, len(runs)))
        for number, run in enumerate(runs):
            if why := wrong(run, root / str(number)):
                failures += 1
                print(f"WRONG {run}: {why}", flush=True)
    print(f"{len(runs)} runs with an error of the disk, {failures} wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
