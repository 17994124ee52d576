"""Selective access: encoded and decoded again."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from agent.dlms.cosem.selection import EntryDescriptor, RangeDescriptor, read_selection

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)).map(lambda m: m.replace(microsecond=0, tzinfo=UTC))


@given(MOMENTS, MOMENTS)
def test_selections_round_trip(first: datetime, last: datetime) -> None:
    by_range = RangeDescriptor(first, last, (RangeDescriptor(first, last).restricting,))
    assert read_selection(by_range.access()) == by_range
    by_entry = EntryDescriptor(3, 9, 1, 2)
    assert read_selection(by_entry.access()) == by_entry
