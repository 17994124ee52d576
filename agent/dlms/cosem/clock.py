"""Date, time and date-time of COSEM: octets, any of which may be left unspecified (IEC 62056-6-2, 4.1.6.1)."""

import struct
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import IntFlag
from functools import cache

from agent.dlms.axdr import Data, Tag
from agent.domain.errors import LocalProtocolError, MalformedData

DAYLIGHT_SAVING_END, DAYLIGHT_SAVING_BEGIN = 0xFD, 0xFE
"""Months that stand for the day the clocks change."""
SECOND_LAST_DAY, LAST_DAY = 0xFD, 0xFE
"""Days of whichever month it is."""

_MOMENT = struct.Struct(">HBBxBBBBhx")
_DATE, _TIME, _ZONE = struct.Struct(">HBBB"), struct.Struct(">BBBB"), struct.Struct(">hB")
_UNSPECIFIED = 0xFF
_OR_ZERO = [*range(_UNSPECIFIED), 0]
_MICROSECONDS = [hundredths * 10_000 for hundredths in _OR_ZERO]
_YEAR_UNSPECIFIED = 0xFFFF
_DEVIATION_UNSPECIFIED = -0x8000
_MINUTES_OF_A_DAY = 1440
_MONTH_WORDS = {None: "*", DAYLIGHT_SAVING_END: "dst-end", DAYLIGHT_SAVING_BEGIN: "dst-begin"}
_DAY_WORDS = {None: "*", SECOND_LAST_DAY: "second-last", LAST_DAY: "last"}
_WEEKDAYS = {1: "Mon", 2: "Tue", 3: "Wed", 4: "Thu", 5: "Fri", 6: "Sat", 7: "Sun"}


class ClockStatus(IntFlag):
    """What a clock says of its own time; bits that the standard reserves are kept."""

    INVALID_VALUE = 0x01
    DOUBTFUL_VALUE = 0x02
    DIFFERENT_CLOCK_BASE = 0x04
    INVALID_CLOCK_STATUS = 0x08
    DAYLIGHT_SAVING = 0x80

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(flag.name.lower().replace("_", "-") for flag in ClockStatus if flag in self and flag.name)


_SPECIFIED: tuple[int | None, ...] = (*range(_UNSPECIFIED), None)
"""What each octet of a field says; looked up, because a load profile has thousands of them."""


@dataclass(frozen=True)
class CosemDate:
    """None means not specified. Monday is 1. The octets are kept as they came, even if no calendar has them."""

    year: int | None
    month: int | None
    day: int | None
    day_of_week: int | None = None

    def __bytes__(self) -> bytes:
        year = _YEAR_UNSPECIFIED if self.year is None else self.year
        return _pack(_DATE, year, *map(_octet, (self.month, self.day, self.day_of_week)))

    def __str__(self) -> str:
        """As in `2026-11-23`, or `*-3-last Sun` for every last Sunday of March."""
        concrete = self._known_date()
        if concrete is not None:
            return concrete.isoformat()
        year = "*" if self.year is None else str(self.year)
        month = _MONTH_WORDS.get(self.month, str(self.month))
        day = _DAY_WORDS.get(self.day, str(self.day))
        weekday = "" if self.day_of_week is None else " " + _WEEKDAYS.get(self.day_of_week, str(self.day_of_week))
        return f"{year}-{month}-{day}{weekday}"

    def to_date(self) -> date | None:
        """The day; None where it is not specified, or told by daylight saving only.

        A last day with a day of the week is the last such day of the month.

        Raises:
            MalformedData: there is no such day.
        """
        year, month, day = self.year, self.month, self.day
        if year is None or month is None or day is None or month in (DAYLIGHT_SAVING_BEGIN, DAYLIGHT_SAVING_END):
            return None
        try:
            return (
                _day_from_the_end(year, month, self) if day in (LAST_DAY, SECOND_LAST_DAY) else date(year, month, day)
            )
        except ValueError as error:
            raise MalformedData(f"no such day: {error}") from None

    def _known_date(self) -> date | None:
        try:
            return self.to_date()
        except MalformedData:
            return None


@dataclass(frozen=True)
class CosemTime:
    """None means not specified."""

    hour: int | None
    minute: int | None
    second: int | None
    hundredths: int | None = None

    def __bytes__(self) -> bytes:
        return _pack(_TIME, *map(_octet, (self.hour, self.minute, self.second, self.hundredths)))

    def __str__(self) -> str:
        """As in `10:15:00`, with `*` for what is not specified."""
        parts = (self.hour, self.minute, self.second)
        text = ":".join("*" if part is None else f"{part:02}" for part in parts)
        return f"{text}.{self.hundredths:02}" if self.hundredths else text


@dataclass(frozen=True)
class CosemDateTime:
    """None means not specified. `deviation` is minutes from local time to UTC: UTC+1 is −60."""

    date: CosemDate
    time: CosemTime
    deviation: int | None = None
    status: ClockStatus | None = None

    @classmethod
    def of(cls, moment: datetime) -> "CosemDateTime":
        """A moment, with deviation and daylight saving if it is aware; without both if it is naive."""
        offset = moment.utcoffset()
        return cls(
            CosemDate(moment.year, moment.month, moment.day, moment.isoweekday()),
            CosemTime(moment.hour, moment.minute, moment.second, moment.microsecond // 10_000),
            None if offset is None else -int(offset.total_seconds() // 60),
            None if offset is None else ClockStatus.DAYLIGHT_SAVING if moment.dst() else ClockStatus(0),
        )

    @property
    def daylight_saving(self) -> bool:
        return self.status is not None and ClockStatus.DAYLIGHT_SAVING in self.status

    def __bytes__(self) -> bytes:
        deviation = _DEVIATION_UNSPECIFIED if self.deviation is None else self.deviation
        return bytes(self.date) + bytes(self.time) + _pack(_ZONE, deviation, _octet(self.status))

    def __str__(self) -> str:
        """As in `2026-11-23 10:15:00 +01:00`."""
        text = f"{self.date} {self.time}"
        if self.deviation is None:
            return text
        hours, minutes = divmod(abs(self.deviation), 60)
        return f"{text} {'-' if self.deviation > 0 else '+'}{hours:02}:{minutes:02}"

    def to_datetime(self) -> datetime | None:
        """The moment; aware if the deviation is given, else naive; None where date or time are not specified.

        Raises:
            MalformedData: there is no such date, or no such time.
        """
        day, time = self.date.to_date(), self.time
        if day is None or time.hour is None or time.minute is None:
            return None
        zone = None if self.deviation is None else _zone(self.deviation)
        microsecond = (time.hundredths or 0) * 10_000
        try:
            return datetime(day.year, day.month, day.day, time.hour, time.minute, time.second or 0, microsecond, zone)
        except ValueError as error:
            raise MalformedData(f"no such moment: {error}") from None


def decode_date(octets: bytes) -> CosemDate:
    """From five octets.

    Raises:
        MalformedData: another length.
    """
    if len(octets) != _DATE.size:
        raise MalformedData("a date has five octets")
    year, month, day, day_of_week = _DATE.unpack(octets)
    return CosemDate(
        None if year == _YEAR_UNSPECIFIED else year, _SPECIFIED[month], _SPECIFIED[day], _SPECIFIED[day_of_week]
    )


def decode_time(octets: bytes) -> CosemTime:
    """From four octets.

    Raises:
        MalformedData: another length.
    """
    if len(octets) != _TIME.size:
        raise MalformedData("a time has four octets")
    hour, minute, second, hundredths = octets
    return CosemTime(_SPECIFIED[hour], _SPECIFIED[minute], _SPECIFIED[second], _SPECIFIED[hundredths])


def decode_date_time(octets: bytes) -> CosemDateTime:
    """From twelve octets.

    Raises:
        MalformedData: another length, or a deviation that no place on earth has.
    """
    if len(octets) != _DATE.size + _TIME.size + _ZONE.size:
        raise MalformedData("a date-time has twelve octets")
    deviation, status = _ZONE.unpack_from(octets, _DATE.size + _TIME.size)
    _zone(deviation)
    return CosemDateTime(
        decode_date(octets[: _DATE.size]),
        decode_time(octets[_DATE.size : -_ZONE.size]),
        None if deviation == _DEVIATION_UNSPECIFIED else deviation,
        _status(status),
    )


def clock_values(cells: Sequence[bytes]) -> list[datetime | None]:
    """Many date-times of twelve octets each, as `to_datetime` gives them, but all at once and fast.

    Raises:
        MalformedData: another length, a deviation that no place on earth has, no such date or time.
    """
    if set(map(len, cells)) - {_DATE.size + _TIME.size + _ZONE.size}:
        raise MalformedData("a date-time has twelve octets")
    if not cells:
        return []
    *to_the_minute, seconds, hundredths, deviations = zip(*_MOMENT.iter_unpack(b"".join(cells)), strict=True)
    to_the_microsecond = map(_OR_ZERO.__getitem__, seconds), map(_MICROSECONDS.__getitem__, hundredths)
    try:
        return list(map(datetime, *to_the_minute, *to_the_microsecond, map(_zone, deviations)))
    except ValueError:  # something is not specified, or there is no such moment
        return [decode_date_time(cell).to_datetime() for cell in cells]


def encode_date_time(moment: datetime) -> bytes:
    """Twelve octets for a moment, with its deviation and daylight-saving flag if it is aware."""
    return bytes(CosemDateTime.of(moment))


@cache  # an IntFlag is slow to look up, and a load profile has thousands
def _status(octet: int) -> ClockStatus | None:
    return None if octet == _UNSPECIFIED else ClockStatus(octet)


@cache
def _zone(deviation: int) -> timezone | None:
    if deviation == _DEVIATION_UNSPECIFIED:
        return None
    if abs(deviation) >= _MINUTES_OF_A_DAY:
        raise MalformedData("deviation out of range")
    return timezone(timedelta(minutes=-deviation))


def read_date(data: Data) -> CosemDate:
    """From an octet-string or a date. Raises MalformedData for anything else."""
    return decode_date(_octets_of(data, Tag.DATE))


def read_time(data: Data) -> CosemTime:
    """From an octet-string or a time. Raises MalformedData for anything else."""
    return decode_time(_octets_of(data, Tag.TIME))


def read_date_time(data: Data) -> CosemDateTime:
    """From an octet-string or a date-time. Raises MalformedData for anything else."""
    return decode_date_time(_octets_of(data, Tag.DATE_TIME))


def as_octet_string(moment: CosemDate | CosemTime | CosemDateTime) -> Data:
    return Data(Tag.OCTET_STRING, bytes(moment))


def as_typed(moment: CosemDate | CosemTime | CosemDateTime) -> Data:
    """With the type of its own: date, time or date-time."""
    tag = {CosemDate: Tag.DATE, CosemTime: Tag.TIME, CosemDateTime: Tag.DATE_TIME}[type(moment)]
    return Data(tag, bytes(moment))


def _day_from_the_end(year: int, month: int, wanted: CosemDate) -> date:
    last = date(year, month, monthrange(year, month)[1])
    if wanted.day_of_week is None:
        back, step = 0, 1
    else:
        back, step = (last.isoweekday() - wanted.day_of_week) % 7, 7
    return last - timedelta(days=back + (step if wanted.day == SECOND_LAST_DAY else 0))


def _octets_of(data: Data, typed: Tag) -> bytes:
    if data.tag not in (Tag.OCTET_STRING, typed):
        raise MalformedData(f"{data.tag.name} is no {typed.name}")
    octets: bytes = data.value
    return octets


def _octet(value: int | None) -> int:
    return _UNSPECIFIED if value is None else value


def _pack(layout: struct.Struct, *fields: int) -> bytes:
    try:
        return layout.pack(*fields)
    except struct.error as error:
        raise LocalProtocolError(f"a field of a date or time is out of range: {error}") from None
