"""The date-time of COSEM: twelve octets, any of which may be left unspecified (IEC 62056-6-2, 4.1.6.1)."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache

from agent.domain.errors import MalformedData

_LAYOUT = struct.Struct(">HBBBBBBBhB")
_MOMENT = struct.Struct(">HBBxBBBBhx")
_UNSPECIFIED = 0xFF
_YEAR_UNSPECIFIED = 0xFFFF
_DEVIATION_UNSPECIFIED = -0x8000
_MAX_DEVIATION = 720
_STATUS_DAYLIGHT_SAVING = 0x80
_OR_ZERO = [*range(_UNSPECIFIED), 0]
_MICROSECONDS = [hundredths * 10_000 for hundredths in _OR_ZERO]


@dataclass(frozen=True)
class CosemDateTime:
    """None means not specified. `deviation` is minutes from local time to UTC: UTC+1 is −60."""

    year: int | None
    month: int | None
    day: int | None
    hour: int | None
    minute: int | None
    second: int | None
    hundredths: int | None
    deviation: int | None
    status: int

    @property
    def daylight_saving(self) -> bool:
        return self.status != _UNSPECIFIED and bool(self.status & _STATUS_DAYLIGHT_SAVING)

    def to_datetime(self) -> datetime | None:
        """The moment; aware if the deviation is given, else naive; None where date or time are not specified.

        Raises:
            MalformedData: there is no such date, or no such time.
        """
        parts = (self.year, self.month, self.day, self.hour, self.minute)
        year, month, day, hour, minute = (part if part is not None else -1 for part in parts)
        if None in parts:
            return None
        zone = None if self.deviation is None else _zone(self.deviation)
        try:
            return datetime(year, month, day, hour, minute, self.second or 0, (self.hundredths or 0) * 10_000, zone)
        except ValueError as error:
            raise MalformedData(f"no such moment: {error}") from None


def decode_date_time(octets: bytes) -> CosemDateTime:
    """From twelve octets.

    Raises:
        MalformedData: another length, or a deviation that no place on earth has.
    """
    if len(octets) != _LAYOUT.size:
        raise MalformedData("a date-time has twelve octets")
    year, month, day, _, hour, minute, second, hundredths, deviation, status = _LAYOUT.unpack(octets)
    _zone(deviation)
    return CosemDateTime(
        year=None if year == _YEAR_UNSPECIFIED else year,
        month=_specified(month),
        day=_specified(day),
        hour=_specified(hour),
        minute=_specified(minute),
        second=_specified(second),
        hundredths=_specified(hundredths),
        deviation=None if deviation == _DEVIATION_UNSPECIFIED else deviation,
        status=status,
    )


def clock_values(cells: Sequence[bytes]) -> list[datetime | None]:
    """Many date-times of twelve octets each, as `to_datetime` gives them, but all at once and fast.

    Raises:
        MalformedData: another length, a deviation that no place on earth has, no such date or time.
    """
    if set(map(len, cells)) - {_LAYOUT.size}:
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
    """Twelve octets for an aware moment, with its deviation and daylight-saving flag."""
    offset = moment.utcoffset() or timedelta()
    status = _STATUS_DAYLIGHT_SAVING if moment.dst() else 0
    return _LAYOUT.pack(
        moment.year,
        moment.month,
        moment.day,
        moment.isoweekday(),
        moment.hour,
        moment.minute,
        moment.second,
        moment.microsecond // 10_000,
        -int(offset.total_seconds() // 60),
        status,
    )


@cache
def _zone(deviation: int) -> timezone | None:
    if deviation == _DEVIATION_UNSPECIFIED:
        return None
    if abs(deviation) > 2 * _MAX_DEVIATION - 1:
        raise MalformedData("deviation out of range")
    return timezone(timedelta(minutes=-deviation))


def _specified(octet: int) -> int | None:
    return None if octet == _UNSPECIFIED else octet
