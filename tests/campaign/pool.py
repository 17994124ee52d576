"""Many cases over several processes, each with a stage of its own."""

import asyncio
import itertools
import logging
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path

from tests.campaign.faults import Case, Size
from tests.campaign.run import Outcome, measure, run_case
from tests.campaign.stage import Stage

_IN_MEMORY = Path("/dev/shm")


class Worker:
    """A stage that is ready; folders in memory where the system has that, since each case is thrown away."""

    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # programs that are killed leave tasks behind
        self._ending = ExitStack()
        where = _IN_MEMORY if _IN_MEMORY.is_dir() else None
        folder = Path(self._ending.enter_context(tempfile.TemporaryDirectory(dir=where)))
        self.stage = self._ending.enter_context(Stage(folder).ready())
        self._folders = (folder / str(number) for number in itertools.count())

    def run(self, case: Case) -> Outcome:
        return asyncio.run(run_case(self.stage, case, next(self._folders)))

    def measure(self, activity: str) -> Size:
        return asyncio.run(measure(self.stage, activity, next(self._folders)))

    def new_place(self) -> Path:
        """A folder in the state that every case begins with."""
        folder = next(self._folders)
        self.stage.copy_to(folder)
        return folder

    def close(self) -> None:
        self._ending.close()


_worker: Worker | None = None


def run_all(cases: Iterable[Case], processes: int) -> Iterator[tuple[Case, Outcome]]:
    """In the order of the cases."""
    with ProcessPoolExecutor(processes, get_context("spawn"), _begin) as pool:
        listed = list(cases)
        yield from zip(listed, pool.map(_run, listed, chunksize=16), strict=True)


def _begin() -> None:
    global _worker
    _worker = Worker()


def _run(case: Case) -> Outcome:
    assert _worker is not None
    return _worker.run(case)
