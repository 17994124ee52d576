"""Rows that come a second time are told from those that are new."""

from hypothesis import given
from hypothesis import strategies as st

from agent.jobs.load_profiles.overlap import Overlap

ROWS = st.lists(st.sampled_from("abc"), max_size=12)


@given(ROWS, ROWS, st.integers(0, 12))
def test_what_goes_on_from_before_the_cut_brings_each_row_once(before: str, after: str, back: int) -> None:
    """Among equal rows too; the meter gives what follows some row before the cut, which is the tail of what is here."""
    again = [*before[max(0, len(before) - back) :], *after]
    overlap = Overlap(before[max(0, len(before) - back) :], frozenset())
    assert [row for row, new in zip(again, overlap.new(again), strict=True) if new] == list(after)


@given(ROWS, st.frozensets(st.sampled_from("abc")))
def test_rows_of_former_visits_are_not_new(rows: str, former: frozenset[str]) -> None:
    assert Overlap((), former).new(rows) == [row not in former for row in rows]


def test_rows_that_the_meter_has_lost_meanwhile_do_not_matter() -> None:
    assert Overlap("abcd", frozenset()).new("cdef") == [False, False, True, True]
    assert Overlap("abcd", frozenset()).new("xabcdy") == [True, False, False, False, False, True]
