"""The date-time of COSEM: round trips, time zones, unspecified fields."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms.cosem.clock import decode_date_time, encode_date_time
from agent.domain.errors import MalformedData


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)), st.integers(-720, 840))
def test_clock_round_trip(moment: datetime, minutes: int) -> None:
    aware = moment.replace(microsecond=moment.microsecond // 10_000 * 10_000)
    aware = aware.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    decoded = decode_date_time(encode_date_time(aware))
    assert decoded.to_datetime() == aware
    assert decoded.deviation == -minutes


def test_clock_of_the_standards_time_zones() -> None:
    """UTC+1 is a deviation of −60 minutes (0xFFC4)."""
    octets = bytes.fromhex("07e70b14010a0f000affc400")
    assert decode_date_time(octets).to_datetime() == datetime(2023, 11, 20, 9, 15, 0, 100_000, UTC)


def test_clock_with_unspecified_fields() -> None:
    naive = decode_date_time(bytes.fromhex("07e70b14ff0a0fffff8000ff"))
    assert naive.to_datetime() == datetime(2023, 11, 20, 10, 15)
    assert decode_date_time(b"\xff" * 8 + b"\xff\x80\x00\xff").to_datetime() is None
    with pytest.raises(MalformedData):
        decode_date_time(bytes.fromhex("07e70d14ff0a0fffff8000ff")).to_datetime()
