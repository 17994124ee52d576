"""Dates and times: every field may be a wildcard, and everything survives a round trip."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms.axdr.coding import Data, Tag, decode, encode
from agent.dlms.cosem.clock import (
    ClockStatus,
    CosemDateTime,
    as_octet_string,
    as_typed,
    decode_date_time,
    encode_date_time,
    read_date,
    read_date_time,
    read_time,
)
from agent.dlms.cosem.dates import (
    DAYLIGHT_SAVING_BEGIN,
    DAYLIGHT_SAVING_END,
    LAST_DAY,
    SECOND_LAST_DAY,
    CosemDate,
    CosemTime,
    decode_date,
    decode_time,
)
from agent.domain.errors import LocalProtocolError, MalformedData


def or_nothing(values: st.SearchStrategy[int]) -> st.SearchStrategy[int | None]:
    return st.none() | values


months = st.integers(1, 12) | st.sampled_from([DAYLIGHT_SAVING_BEGIN, DAYLIGHT_SAVING_END])
days = st.integers(1, 31) | st.sampled_from([LAST_DAY, SECOND_LAST_DAY])
dates = st.builds(
    CosemDate, or_nothing(st.integers(1970, 2099)), or_nothing(months), or_nothing(days), or_nothing(st.integers(1, 7))
)
times = st.builds(
    CosemTime,
    or_nothing(st.integers(0, 23)),
    or_nothing(st.integers(0, 59)),
    or_nothing(st.integers(0, 59)),
    or_nothing(st.integers(0, 99)),
)
statuses = st.none() | st.integers(0, 254).map(ClockStatus)
date_times = st.builds(CosemDateTime, dates, times, or_nothing(st.integers(-840, 720)), statuses)


@given(dates)
def test_date_round_trip(day: CosemDate) -> None:
    assert decode_date(bytes(day)) == day
    assert read_date(decode(encode(as_typed(day)))) == day
    assert read_date(as_octet_string(day)) == day


@given(times)
def test_time_round_trip(time: CosemTime) -> None:
    assert decode_time(bytes(time)) == time
    assert read_time(decode(encode(as_typed(time)))) == time
    assert read_time(as_octet_string(time)) == time


@given(date_times)
def test_date_time_round_trip(moment: CosemDateTime) -> None:
    assert decode_date_time(bytes(moment)) == moment
    assert read_date_time(decode(encode(as_typed(moment)))) == moment
    assert read_date_time(as_octet_string(moment)) == moment


@given(st.binary(min_size=12, max_size=12))
def test_any_twelve_octets_come_back_or_are_malformed(octets: bytes) -> None:
    try:
        moment = decode_date_time(octets)
    except MalformedData:
        return
    assert bytes(moment) == octets
    assert str(moment)


@given(st.binary(max_size=14))
def test_a_moment_is_found_or_not_or_malformed(octets: bytes) -> None:
    try:
        decode_date_time(octets).to_datetime()
    except MalformedData:
        pass


@given(date_times)
def test_a_moment_needs_date_hour_and_minute(moment: CosemDateTime) -> None:
    try:
        found = moment.to_datetime()
    except MalformedData:
        return
    told = (moment.date.year, moment.date.month, moment.date.day, moment.time.hour, moment.time.minute)
    by_rule = moment.date.month in (DAYLIGHT_SAVING_BEGIN, DAYLIGHT_SAVING_END)
    assert (found is None) == (None in told or by_rule)
    if found is not None:
        assert (found.tzinfo is None) == (moment.deviation is None)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2099, 12, 31)), or_nothing(st.integers(-720, 840)))
def test_every_moment_survives(moment: datetime, offset: int | None) -> None:
    zone = None if offset is None else timezone(timedelta(minutes=offset))
    moment = moment.replace(microsecond=moment.microsecond // 10_000 * 10_000, tzinfo=zone)
    assert decode_date_time(encode_date_time(moment)).to_datetime() == moment


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (CosemDate(2024, 2, LAST_DAY), date(2024, 2, 29)),
        (CosemDate(2024, 2, SECOND_LAST_DAY), date(2024, 2, 28)),
        (CosemDate(2026, 3, LAST_DAY, 7), date(2026, 3, 29)),  # the last Sunday
        (CosemDate(2026, 3, SECOND_LAST_DAY, 7), date(2026, 3, 22)),
        (CosemDate(2026, 5, LAST_DAY, 7), date(2026, 5, 31)),  # which is a Sunday itself
        (CosemDate(2026, DAYLIGHT_SAVING_BEGIN, 1), None),
        (CosemDate(None, 1, 1), None),
        (CosemDate(2026, 1, 1, 3), date(2026, 1, 1)),
    ],
)
def test_days(day: CosemDate, expected: date | None) -> None:
    assert day.to_date() == expected


@pytest.mark.parametrize(
    "day",
    [
        CosemDate(2026, 13, 1),
        CosemDate(2026, 2, 30),
        CosemDate(0, 1, LAST_DAY),
        CosemDate(2026, 0, LAST_DAY),
    ],
)
def test_days_that_are_none(day: CosemDate) -> None:
    with pytest.raises(MalformedData):
        day.to_date()


def test_an_hour_that_is_none() -> None:
    with pytest.raises(MalformedData):
        CosemDateTime(CosemDate(2026, 1, 1), CosemTime(24, 0, 0)).to_datetime()


def test_daylight_saving_of_central_europe() -> None:
    """02:00 on the last Sunday of March, every year: no moment, but a rule."""
    begin = decode_date_time(bytes.fromhex("ffff03fe07020000ff800000"))
    assert begin.date == CosemDate(None, 3, LAST_DAY, 7)
    assert begin.to_datetime() is None
    assert str(begin) == "*-3-last Sun 02:00:00"


def test_the_status_in_words() -> None:
    octets = bytes.fromhex("07e70b14010a0f000affc48f")
    moment = decode_date_time(octets)
    assert moment.status is not None
    assert moment.status.words == (
        "invalid-value",
        "doubtful-value",
        "different-clock-base",
        "invalid-clock-status",
        "daylight-saving",
    )
    assert moment.daylight_saving
    assert decode_date_time(octets[:-1] + b"\xff").status is None
    assert ClockStatus(0).words == () and ClockStatus(0x70).words == ()


def test_texts() -> None:
    assert str(CosemDateTime.of(datetime(2026, 11, 23, 10, 15, 0, 70_000, UTC))) == "2026-11-23 10:15:00.07 +00:00"
    assert str(CosemDateTime.of(datetime(2026, 11, 23, 10, 15, tzinfo=timezone(timedelta(hours=-3))))).endswith(
        "-03:00"
    )
    assert str(decode_date_time(b"\xff" * 9 + b"\x80\x00\xff")) == "*-*-* *:*:*"
    assert str(CosemDate(2026, DAYLIGHT_SAVING_END, SECOND_LAST_DAY)) == "2026-dst-end-second-last"
    assert str(CosemDate(2026, 13, 40, 9)) == "2026-13-40 9"


@pytest.mark.parametrize("decoder", [decode_date, decode_time, decode_date_time])
@pytest.mark.parametrize("length", [0, 3, 6, 11, 13])
def test_other_lengths(decoder: Callable[[bytes], object], length: int) -> None:
    with pytest.raises(MalformedData):
        decoder(bytes(length))


@pytest.mark.parametrize("reader", [read_date, read_time, read_date_time])
@pytest.mark.parametrize("data", [Data(Tag.NULL, None), Data(Tag.UNSIGNED, 5), Data(Tag.VISIBLE_STRING, "2026")])
def test_other_types(reader: Callable[[Data], object], data: Data) -> None:
    with pytest.raises(MalformedData):
        reader(data)


def test_fields_that_fit_no_octet() -> None:
    for moment in (CosemDate(70_000, 1, 1), CosemDate(2026, 256, 1), CosemTime(-1, 0, 0)):
        with pytest.raises(LocalProtocolError):
            bytes(moment)
