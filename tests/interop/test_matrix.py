"""The table itself: what a trial leaves in it, and how it reads."""

import pytest

from tests.interop.matrix import Cell, Matrix, Outcome, PeerCannot


def test_a_trial_leaves_what_came_of_it() -> None:
    matrix = Matrix()
    with matrix.trial("a", "reads"):
        pass
    with matrix.trial("b", "reads"):
        raise PeerCannot("it knows no such thing")
    with pytest.raises(ValueError, match="oops"), matrix.trial("c", "reads"):
        raise ValueError("oops\nand more")
    assert matrix.cells == {
        ("a", "reads"): Cell(Outcome.WORKS),
        ("b", "reads"): Cell(Outcome.CANNOT, "it knows no such thing"),
        ("c", "reads"): Cell(Outcome.FAILS, "oops"),
    }


def test_the_worst_of_several_trials_counts() -> None:
    matrix = Matrix()
    with matrix.trial("a", "reads"):
        pass
    with pytest.raises(AssertionError), matrix.trial("a", "reads"):
        raise AssertionError("other value")
    with matrix.trial("a", "reads"):
        pass
    assert matrix.cells["a", "reads"].outcome is Outcome.FAILS


def test_a_reason_is_in_words() -> None:
    for empty in ("", " ", "no"):
        with pytest.raises(AssertionError):
            PeerCannot(empty)


def test_it_reads_as_a_table_and_reasons() -> None:
    matrix = Matrix()
    matrix.record("two", "writes", Cell(Outcome.CANNOT, "it only reads"))
    matrix.record("one", "writes", Cell(Outcome.WORKS))
    matrix.record("one", "reads", Cell(Outcome.WORKS))
    assert matrix.lines() == [
        "        one    two",
        "writes  works  peer cannot",
        "reads   works  -",
        "",
        "two, writes: peer cannot: it only reads",
    ]
    assert Matrix().lines() == []
