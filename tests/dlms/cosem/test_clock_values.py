"""The date-time of COSEM: one by one and many at once, strictly."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms.cosem.clock import clock_values, decode_date_time, encode_date_time
from agent.domain.errors import MalformedData

SPRING = datetime(2026, 3, 1, 12, 30, 15, 250_000, timezone(timedelta(hours=1)))


def any_date_time() -> st.SearchStrategy[bytes]:
    """Mostly moments; now and then with an octet that makes it another one, none, or one not specified."""
    moments = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)).map(encode_date_time)

    def with_octet(octets: bytes, at: int, octet: int) -> bytes:
        return octets[:at] + bytes((octet,)) + octets[at + 1 :]

    odd = st.builds(with_octet, moments, st.integers(0, 11), st.integers(0, 255) | st.just(255))
    return moments | odd | st.binary(min_size=12, max_size=12) | st.just(bytes.fromhex("ff") * 12)


def alone(cell: bytes) -> datetime | None:
    try:
        return decode_date_time(cell).to_datetime()
    except MalformedData:
        return None


@given(st.lists(any_date_time(), max_size=6))
def test_many_at_once_are_the_same_as_one_by_one(cells: list[bytes]) -> None:
    expected = list(map(alone, cells))
    values = clock_values(cells)
    assert values == expected
    assert [value and value.utcoffset() for value in values] == [value and value.utcoffset() for value in expected]


def test_known_octets() -> None:
    winter, unspecified = bytes.fromhex("07ea0301070c1e0f19ffc400"), bytes.fromhex("ff") * 12
    no_deviation = bytes.fromhex("07ea0301ff0c1e0fff8000ff")
    naive = SPRING.replace(tzinfo=None, microsecond=0)
    assert clock_values([winter, unspecified, no_deviation]) == [SPRING, None, naive]
    assert encode_date_time(SPRING) == winter


@pytest.mark.parametrize(
    "octets",
    [
        "07ea021e070c1e0f19ffc400",  # 30 February
        "07ea0301070c3c0f19ffc400",  # minute 60
        "07ea0301070c1e0f64ffc400",  # 100 hundredths
        "07ea0301070c1e0f1905a000",  # a day away from UTC
    ],
)
def test_a_moment_that_cannot_be_costs_itself_only(octets: str) -> None:
    assert clock_values([encode_date_time(SPRING), bytes.fromhex(octets)] * 2) == [SPRING, None] * 2


@pytest.mark.parametrize("octets", ["07ea0301070c1e0f19ffc4", "07ea0301070c1e0f19ffc40000"])
def test_another_length(octets: str) -> None:
    with pytest.raises(MalformedData):
        clock_values([encode_date_time(SPRING), bytes.fromhex(octets)])
