"""The date-time of COSEM: twelve octets, any of which may be left unspecified (IEC 62056-6-2:2017, 4.1.6.1)."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import IntFlag
from functools import cache

from agent.dlms.axdr.coding import Data, Tag
from agent.dlms.cosem.dates import (
    DATE_OCTETS,
    TIME_OCTETS,
    UNSPECIFIED,
    CosemDate,
    CosemTime,
    decode_date,
    decode_time,
    pack,
)
from agent.domain.errors import MalformedData

_ZONE = struct.Struct(">hB")
_MOMENT = struct.Struct(">HBBxBBBBhx")
_DEVIATION_UNSPECIFIED = -0x8000
_MINUTES_OF_A_DAY = 1440
_OR_ZERO = [*range(UNSPECIFIED), 0]
_MICROSECONDS = [hundredths * 10_000 for hundredths in _OR_ZERO]


class ClockStatus(IntFlag):
    """What a clock reports about its own time; bits that the standard reserves are kept."""

    INVALID_VALUE = 0x01
    DOUBTFUL_VALUE = 0x02
    DIFFERENT_CLOCK_BASE = 0x04
    INVALID_CLOCK_STATUS = 0x08
    DAYLIGHT_SAVING = 0x80

    @property
    def words(self) -> tuple[str, ...]:
        """The flags that are set, as in `doubtful-value`."""
        return tuple(flag.name.lower().replace("_", "-") for flag in ClockStatus if flag in self and flag.name)


@dataclass(frozen=True)
class CosemDateTime:
    """None means not specified. `deviation` is minutes from local time to UTC: −60 for UTC+1."""

    date: CosemDate
    time: CosemTime
    deviation: int | None = None
    status: ClockStatus | None = None

    @classmethod
    def of(cls, moment: datetime) -> "CosemDateTime":
        """A moment, with deviation and daylight saving if it is aware, without them if it is naive."""
        offset = moment.utcoffset()
        return cls(
            CosemDate(moment.year, moment.month, moment.day, moment.isoweekday()),
            CosemTime(moment.hour, moment.minute, moment.second, moment.microsecond // 10_000),
            None if offset is None else -int(offset.total_seconds() // 60),
            None if offset is None else ClockStatus.DAYLIGHT_SAVING if moment.dst() else ClockStatus(0),
        )

    @property
    def daylight_saving(self) -> bool:
        """Whether the clock reports daylight saving time."""
        return self.status is not None and ClockStatus.DAYLIGHT_SAVING in self.status

    def __bytes__(self) -> bytes:
        deviation = _DEVIATION_UNSPECIFIED if self.deviation is None else self.deviation
        status = UNSPECIFIED if self.status is None else self.status
        return bytes(self.date) + bytes(self.time) + pack(_ZONE, deviation, status)

    def __str__(self) -> str:
        """As in `2026-11-23 10:15:00 +01:00`."""
        text = f"{self.date} {self.time}"
        if self.deviation is None:
            return text
        hours, minutes = divmod(abs(self.deviation), 60)
        return f"{text} {'-' if self.deviation > 0 else '+'}{hours:02}:{minutes:02}"

    def to_datetime(self) -> datetime | None:
        """The moment: aware if the deviation is given, else naive; None if date or time are not specified.

        Raises:
            MalformedData: there is no such date or time.
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


def decode_date_time(octets: bytes) -> CosemDateTime:
    """From twelve octets.

    Raises:
        MalformedData: another length, or a deviation of a day or more.
    """
    if len(octets) != _MOMENT.size:
        raise MalformedData("a date-time has twelve octets")
    deviation, status = _ZONE.unpack_from(octets, DATE_OCTETS + TIME_OCTETS)
    _zone(deviation)
    return CosemDateTime(
        decode_date(octets[:DATE_OCTETS]),
        decode_time(octets[DATE_OCTETS : -_ZONE.size]),
        None if deviation == _DEVIATION_UNSPECIFIED else deviation,
        _status(status),
    )


def clock_values(cells: Sequence[bytes]) -> list[datetime | None]:
    """Many date-times of twelve octets each, as `to_datetime` gives them, but all at once and fast. None also where
    there is no such moment: a meter that lost its clock still has rows.

    Raises:
        MalformedData: another length.
    """
    if set(map(len, cells)) - {_MOMENT.size}:
        raise MalformedData("a date-time has twelve octets")
    if not cells:
        return []
    *to_the_minute, seconds, hundredths, deviations = zip(*_MOMENT.iter_unpack(b"".join(cells)), strict=True)
    to_the_microsecond = map(_OR_ZERO.__getitem__, seconds), map(_MICROSECONDS.__getitem__, hundredths)
    try:
        return list(map(datetime, *to_the_minute, *to_the_microsecond, map(_zone, deviations)))
    except (ValueError, MalformedData):  # something is not specified, or there is no such moment
        return list(map(_moment_or_none, cells))


def _moment_or_none(cell: bytes) -> datetime | None:
    try:
        return decode_date_time(cell).to_datetime()
    except MalformedData:
        return None


def encode_date_time(moment: datetime) -> bytes:
    """Twelve octets for a moment, with its deviation and daylight-saving flag if it is aware."""
    return bytes(CosemDateTime.of(moment))


def read_date(data: Data) -> CosemDate:
    """From an octet-string or a date; anything else raises `MalformedData`."""
    return decode_date(_octets_of(data, Tag.DATE))


def read_time(data: Data) -> CosemTime:
    """From an octet-string or a time; anything else raises `MalformedData`."""
    return decode_time(_octets_of(data, Tag.TIME))


def read_date_time(data: Data) -> CosemDateTime:
    """From an octet-string or a date-time; anything else raises `MalformedData`."""
    return decode_date_time(_octets_of(data, Tag.DATE_TIME))


def as_octet_string(moment: CosemDate | CosemTime | CosemDateTime) -> Data:
    """As an octet-string, the type that most attributes have."""
    return Data(Tag.OCTET_STRING, bytes(moment))


def as_typed(moment: CosemDate | CosemTime | CosemDateTime) -> Data:
    """As the type of its own: date, time or date-time."""
    tag = {CosemDate: Tag.DATE, CosemTime: Tag.TIME, CosemDateTime: Tag.DATE_TIME}[type(moment)]
    return Data(tag, bytes(moment))


def _octets_of(data: Data, typed: Tag) -> bytes:
    if data.tag not in (Tag.OCTET_STRING, typed):
        raise MalformedData(f"{data.tag.name} is not {typed.name}")
    octets: bytes = data.value
    return octets


@cache  # making flags is slow, and a load profile has thousands
def _status(octet: int) -> ClockStatus | None:
    return None if octet == UNSPECIFIED else ClockStatus(octet)


@cache
def _zone(deviation: int) -> timezone | None:
    if deviation == _DEVIATION_UNSPECIFIED:
        return None
    if abs(deviation) >= _MINUTES_OF_A_DAY:
        raise MalformedData("deviation out of range")
    return timezone(timedelta(minutes=-deviation))
