"""A sample of the damage campaign: `python3 -m tests.damage` tries a thousand folders."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.damage.campaign import Case, Summary, all_cases, survive
from tests.damage.damages import all_damages
from tests.damage.judge import has_evidence, intact_envelopes, used_counters
from tests.damage.template import Template, template
from tests.faults.power import fast_folder

RUNS = 40
SEED = 20261128


@pytest.fixture(scope="module")
def prepared() -> Iterator[Template]:
    with fast_folder() as root, template(root) as made:
        yield made


@pytest.mark.parametrize("variant", ["closed", "killed"])
def test_a_folder_that_is_whole_has_everything(prepared: Template, variant: str) -> None:
    assert intact_envelopes(prepared.folder(variant), prepared) == set(prepared.envelopes)
    assert has_evidence(prepared.folder(variant))
    assert used_counters(prepared.folder(variant)) > 0


@pytest.mark.parametrize("name", ["flip counters.sqlite", "lose counters.sqlite"])
def test_what_is_not_needed_may_go(prepared: Template, name: str, tmp_path: Path) -> None:
    """The check itself is sound: it finds nothing wrong where nothing is."""
    damage = next(each for each in all_damages() if each.name == name)
    outcome = survive(Case(damage, "closed", SEED), prepared, tmp_path / "folder")
    assert (outcome.ended, outcome.wrong) == ("started", [])


@pytest.mark.slow
def test_what_is_intact_reaches_smm_and_what_is_lost_is_told(prepared: Template) -> None:
    summary = Summary()
    for number, case in enumerate(all_cases(RUNS, SEED)):
        summary.add(case, survive(case, prepared, prepared.closed.parent / str(number)))
    assert summary.wrong == 0, summary.table()
