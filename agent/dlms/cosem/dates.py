"""Date and time of COSEM: octets, any of which may be left unspecified (IEC 62056-6-2:2017, 4.1.6.1)."""

import struct
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from agent.domain.errors import LocalProtocolError, MalformedData

DAYLIGHT_SAVING_END, DAYLIGHT_SAVING_BEGIN = 0xFD, 0xFE
"""Months that mean the day on which the clocks change."""
SECOND_LAST_DAY, LAST_DAY = 0xFD, 0xFE
"""Days counted from the end of any month."""
UNSPECIFIED = 0xFF
DATE_OCTETS, TIME_OCTETS = 5, 4

_DATE, _TIME = struct.Struct(">HBBB"), struct.Struct(">BBBB")
_YEAR_UNSPECIFIED = 0xFFFF
_SPECIFIED: tuple[int | None, ...] = (*range(UNSPECIFIED), None)
_MONTH_WORDS = {None: "*", DAYLIGHT_SAVING_END: "dst-end", DAYLIGHT_SAVING_BEGIN: "dst-begin"}
_DAY_WORDS = {None: "*", SECOND_LAST_DAY: "second-last", LAST_DAY: "last"}
_WEEKDAYS = {1: "Mon", 2: "Tue", 3: "Wed", 4: "Thu", 5: "Fri", 6: "Sat", 7: "Sun"}


@dataclass(frozen=True)
class CosemDate:
    """None means not specified. Monday is 1. Fields are kept as received, even if no calendar has such a day."""

    year: int | None
    month: int | None
    day: int | None
    day_of_week: int | None = None

    def __bytes__(self) -> bytes:
        year = _YEAR_UNSPECIFIED if self.year is None else self.year
        return pack(_DATE, year, *map(_octet, (self.month, self.day, self.day_of_week)))

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
        """The day; None if it is not specified, or specified by daylight saving only.

        A last day with a day of the week is the last such weekday of the month.

        Raises:
            MalformedData: there is no such day.
        """
        year, month, day = self.year, self.month, self.day
        if year is None or month is None or day is None or month in (DAYLIGHT_SAVING_BEGIN, DAYLIGHT_SAVING_END):
            return None
        try:
            if day in (LAST_DAY, SECOND_LAST_DAY):
                return _day_from_the_end(year, month, self)
            return date(year, month, day)
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
        return pack(_TIME, *map(_octet, (self.hour, self.minute, self.second, self.hundredths)))

    def __str__(self) -> str:
        """As in `10:15:00`, with `*` for what is not specified."""
        parts = (self.hour, self.minute, self.second)
        text = ":".join("*" if part is None else f"{part:02}" for part in parts)
        return f"{text}.{self.hundredths:02}" if self.hundredths else text


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


def _day_from_the_end(year: int, month: int, wanted: CosemDate) -> date:
    last = date(year, month, monthrange(year, month)[1])
    if wanted.day_of_week is None:
        back, step = 0, 1
    else:
        back, step = (last.isoweekday() - wanted.day_of_week) % 7, 7
    return last - timedelta(days=back + (step if wanted.day == SECOND_LAST_DAY else 0))


def _octet(value: int | None) -> int:
    return UNSPECIFIED if value is None else value


def pack(layout: struct.Struct, *fields: int) -> bytes:
    """The fields as octets.

    Raises:
        LocalProtocolError: a field does not fit.
    """
    try:
        return layout.pack(*fields)
    except struct.error as error:
        raise LocalProtocolError(f"a field of a date or time is out of range: {error}") from None
