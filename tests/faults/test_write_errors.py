"""The disk is full or broken at any operation of store and sync: it is told, nothing is half done, and it goes on."""

import random
from pathlib import Path

import pytest

from tests.faults.power import fast_folder
from tests.faults.vfs import VfsMissing, shim
from tests.faults.write_errors import all_runs, all_workloads, survive, wrong

RUNS = 160
SEED = 20261128

try:
    shim()
except VfsMissing as missing:
    pytest.skip(str(missing), allow_module_level=True)


@pytest.mark.slow
def test_a_full_or_broken_disk_loses_nothing() -> None:
    with fast_folder() as folder, all_workloads() as workloads:
        runs = random.Random(SEED).sample(all_runs(workloads, folder), RUNS)
        found = {str(run): wrong(run, folder / str(number)) for number, run in enumerate(runs)}
    assert {run: why for run, why in found.items() if why} == {}


def test_the_errors_are_real(tmp_path: Path) -> None:
    with all_workloads() as workloads:
        runs = [run for run in all_runs(workloads[1:2], tmp_path) if run.fault.trouble == "io" and run.fault.ever]
        assert survive(runs[len(runs) // 2], tmp_path / "one") > 0
