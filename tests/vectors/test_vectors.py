"""What the collection of public vectors is: large, of many makers, each with its source, and read right."""

from tests.vectors.cases import KINDS, cases

ALL = [case for kind in KINDS for case in cases(kind)]


def test_there_are_at_least_sixty() -> None:
    assert len(ALL) >= 60
    assert len({case["name"] for case in ALL}) == len(ALL)


def test_each_has_its_source() -> None:
    assert [case["name"] for case in ALL if not (case["source"] and case["kind"])] == []


def test_nineteen_of_twenty_are_read() -> None:
    """The tests beside this one show that they are read right, and that the rest is refused with the right word."""
    refused = [case["name"] for case in ALL if "refused" in case]
    assert len(refused) <= len(ALL) / 20, refused
