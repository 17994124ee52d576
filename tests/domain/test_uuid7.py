"""Keys that sort by the time when they were made."""

from hypothesis import given
from hypothesis import strategies as st

from agent.domain.uuid7 import uuid7


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_keys_are_sorted_by_time(ms: int, first: bytes, second: bytes) -> None:
    key = uuid7(ms, first)
    assert (key.version, key.variant) == (7, "specified in RFC 4122")
    assert ms == 2**48 - 1 or str(key) < str(uuid7(ms + 1, second))
