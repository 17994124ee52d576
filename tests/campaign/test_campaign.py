"""A sample of the campaign; programs that are really killed; and planted faults, which it has to find."""

import asyncio
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from agent.bootstrap import ROOT
from agent.domain.errors import InputError
from tests.campaign.activities import CHANGES
from tests.campaign.faults import Case, Fault, all_cases, parse_case
from tests.campaign.planted import PLANTED
from tests.campaign.pool import Worker, run_all
from tests.campaign.run import Scene
from tests.campaign.summary import Summary

SAMPLE, SEED = 120, 20_261_123
ENOUGH = 80
"""So many cases find a planted fault."""


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    opened = Worker()
    yield opened
    opened.close()


def cases_of(worker: Worker, *activities: str) -> list[Case]:
    return [case for name in activities for case in all_cases(name, worker.measure(name), CHANGES[name].steps)]


@pytest.mark.slow
def test_a_sample(worker: Worker) -> None:
    everything = cases_of(worker, *CHANGES)
    assert len(everything) > 10_000
    summary = Summary()
    for case, outcome in run_all(random.Random(SEED).sample(everything, SAMPLE), 2):
        summary.add(case, outcome)
        assert not outcome.is_wrong, f"{case}: {outcome.why}"
    print(summary.table())


@pytest.mark.slow
@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED)
def test_planted_faults_are_found(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    drawn = random.Random(SEED).sample(cases_of(worker, "charge-by-token", "charge-by-sum"), ENOUGH)
    plant(monkeypatch)
    assert any(worker.run(case).is_wrong for case in drawn)


@pytest.mark.slow
@pytest.mark.parametrize("activity", ["charge-by-token", "charge-by-sum", "reconnect"])
@pytest.mark.parametrize("kind", ["kill-before-write", "kill-after-write"])
@pytest.mark.parametrize("write", [1, 2])
def test_a_program_that_is_really_killed(worker: Worker, activity: str, kind: str, write: int) -> None:
    case = parse_case(f"{activity}/{kind}:{write}/same/none")
    folder = worker.new_place()
    order = worker.stage.orders.get(CHANGES[activity].activity) if CHANGES[activity].ordered else 0
    victim = [sys.executable, "-m", "tests.campaign.victim", str(folder), str(case), str(order)]
    assert subprocess.run(victim, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert asyncio.run(Scene(worker.stage, case, folder).play_after_kill()) in ("done", "by a person")


def test_names_of_cases() -> None:
    for case in (
        Case("charge-by-sum", Fault("cut-out", 17)),
        Case("clock", Fault("kill-after-write", 2), Fault("lose-in", 3), "other", "tablet-back"),
    ):
        assert parse_case(str(case)) == case
    with pytest.raises(InputError):
        parse_case("clock/explodes:3/same/none")
