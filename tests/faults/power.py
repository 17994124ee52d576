"""Power cuts at any place of what a tablet does. `python3 -m tests.faults.power [--images N] [--seed S] [WORKLOAD…]`"""

import argparse
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.disk import Disk
from tests.faults.images import images
from tests.faults.workloads import WORKLOADS, Promise, TabletAtWork, Workload, check, is_copied


@dataclass(frozen=True)
class Recording:
    """What a workload did to its folder; the notes in `disk.log` are its promises."""

    workload: Workload
    disk: Disk


@dataclass(frozen=True)
class Violation:
    """A folder in which a promise is broken."""

    workload: str
    place: int
    why: str

    def __str__(self) -> str:
        return f"{self.workload}, power cut before operation {self.place}: {self.why}"


@contextmanager
def fast_folder() -> Iterator[Path]:
    """A folder in memory where the machine has one: the syncs of thousands of starts would take hours."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def record(workload: Workload, folder: Path) -> Recording:
    """Carries the workload out on a watched disk."""
    promises = workload.prepare(folder)
    tablet = TabletAtWork(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with Disk(folder) as disk:
        for promise in promises:
            disk.mark(promise)
        for step in workload.steps:
            for promise in step(tablet):
                disk.mark(promise)
        log = list(disk.log)
        tablet.close()
    disk.log[:] = log
    return Recording(workload, disk)


def cut(recording: Recording, count: int, chance: random.Random, root: Path) -> Iterator[Violation | None]:
    """Checks so many folders that a power cut may leave; yields what is wrong with each, or None."""
    folder = root / "image"
    for place, notes, files in images(recording.disk.base, recording.disk.log, count, chance):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        why = _wrong(folder, [note for note in notes if isinstance(note, Promise)])
        yield None if why is None else Violation(recording.workload.name, place, why)


def _wrong(folder: Path, promises: list[Promise]) -> str | None:
    try:
        is_copied(folder, promises)
        check(folder, promises)
    except Exception as error:
        return f"{type(error).__name__}: {getattr(error, 'code', '')} {error or getattr(error, 'detail', '')}"
    return None


def run(workloads: Sequence[Workload], count: int, seed: int) -> tuple[int, list[Violation]]:
    """Checks about so many folders, evenly from all workloads."""
    tried, found = 0, []
    with fast_folder() as root:
        for workload in workloads:
            recording = record(workload, root / workload.name)
            for violation in cut(recording, -(-count // len(workloads)), random.Random(seed), root):
                tried += 1
                if violation is not None:
                    found.append(violation)
    return tried, found


def main() -> int:
    names = [workload.name for workload in WORKLOADS]
    parser = argparse.ArgumentParser("python3 -m tests.faults.power", description=__doc__)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"all, if none is named: {', '.join(names)}")
    parser.add_argument("--images", type=int, default=1000, metavar="N", help="folders after a power cut to be checked")
    parser.add_argument("--seed", type=int, default=0, help="another one draws other power cuts")
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.workloads) - set(names)):
        parser.error(f"no such workload: {', '.join(unknown)}")
    chosen = [workload for workload in WORKLOADS if workload.name in (arguments.workloads or names)]
    tried, found = run(chosen, arguments.images, arguments.seed)
    for violation in found[:50]:
        print(f"WRONG {violation}")
    print(f"{tried} folders after a power cut, {len(found)} wrong")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
