"""Each quirk alone: exactly what a visit to such a meter ends with."""

import pytest

from agent.simulator.quirks import FAMILIES
from tests.quirks.campaign import DLMS_NAMES, READOUT_NAMES, Case, Ending, end_of
from tests.quirks.expected import LOAD_PROFILE, NOT_YET, READING_BY_LIST, READING_BY_MODEL, READOUT, is_open
from tests.quirks.visit import Errand, Way

TABLES = {
    (Errand.READING, "generic"): (READING_BY_LIST, DLMS_NAMES),
    (Errand.READING, "cerm1"): (READING_BY_MODEL, DLMS_NAMES),
    (Errand.LOAD_PROFILE, "cerm1"): (LOAD_PROFILE, DLMS_NAMES),
    (Errand.READING, "readout"): (READOUT, READOUT_NAMES),
}
CASES = [
    (Case((name,), errand, model), table.get(name, "right"))
    for (errand, model), (table, names) in TABLES.items()
    for name in names
    if not is_open((name,))
]


@pytest.mark.parametrize(("case", "expected"), CASES, ids=str)
def test_one_quirk(case: Case, expected: str) -> None:
    assert end_of(case) == Ending(expected)


TOGETHER = [
    (Case(("error-only", "mode-a"), Errand.READING, "readout"), "code meter-error"),
    (Case(("lines-none", "mode-b"), Errand.READING, "readout"), "code access-refused"),
    (Case(("mode-a", "check-wrong-always"), Errand.READING, "readout"), "code malformed-data"),
    (Case(("total-missing", "tariff-missing"), Errand.READING, "readout"), "code access-refused"),
    (Case(("tariff-denied", "list-exception"), Errand.READING, "generic"), "missing t1"),
    (Case(("clocks-null", "lifo"), Errand.LOAD_PROFILE, "cerm1"), "right"),
    (Case(("clocks-null", "sorted-largest"), Errand.LOAD_PROFILE, "cerm1", Way.WINDOWS), "right"),
    (Case(("lifo", "sorted-smallest", "range-refused"), Errand.LOAD_PROFILE, "generic"), "right"),
    (Case(("lifo", "range-refused"), Errand.LOAD_PROFILE, "cerm1"), "right"),
    (Case(("lifo", "range-refused", "entry-refused"), Errand.LOAD_PROFILE, "cerm1"), "right"),
    (Case(("objects-empty", "list-unanswered"), Errand.READING, "generic", Way.CIPHERED), "right"),
]
"""Quirks that have gone wrong together once, or could."""


@pytest.mark.parametrize(("case", "expected"), TOGETHER, ids=str)
def test_quirks_together(case: Case, expected: str) -> None:
    assert end_of(case) == Ending(expected)


def test_what_is_open_is_open() -> None:
    """Once it is mended, its line in `NOT_YET` goes."""
    assert not [names for names in NOT_YET if all(end_of(case) == Ending(words) for case, words in _alone(names))]


def _alone(names: tuple[str, ...]) -> list[tuple[Case, str]]:
    return [
        (Case(names, errand, model), table.get(names[0], "right"))
        for (errand, model), (table, known) in TABLES.items()
        if set(names) <= set(known)
    ]


@pytest.mark.parametrize("model", ["generic", "cerm1", "readout"])
def test_a_meter_without_quirks(model: str) -> None:
    assert end_of(Case((), Errand.READING, model)) == Ending("right")


def test_each_name_is_one_quirk() -> None:
    names = [quirk.name for family in FAMILIES.values() for quirk in family]
    assert len(names) == len(set(names))
    assert all(quirk.words.endswith(".") for family in FAMILIES.values() for quirk in family)
