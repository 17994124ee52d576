"""The load profile of a simulated meter: what its registers captured, regular or with an oddity of the field."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Literal

from agent.dlms import Data, Obis, Tag
from agent.dlms.cosem.capture import CaptureObject
from agent.dlms.cosem.clock import ClockStatus, CosemDateTime
from agent.dlms.cosem.selection import CLOCK_COLUMN
from agent.simulator.objects import DATA, REGISTER, CosemObject, register
from agent.simulator.profile import Row, SimulatedProfile

Channels = Literal[2, 4]
STATUS = "0.0.96.10.1.255"
CLOCK_INVALID, DAYLIGHT_SAVING, CLOCK_ADJUSTED = 0x02, 0x08, 0x20
"""Bits of a row's status."""
_ENERGIES = {"1.0.1.8.0.255": (1, 30), "1.0.2.8.0.255": (20, 30), "1.0.3.8.0.255": (4, 32), "1.0.4.8.0.255": (50, 32)}
"""Active and reactive energy, imported and exported: what divides the first to give each of them, and its unit."""
_TWO_CHANNELS = ("1.0.1.8.0.255", "1.0.3.8.0.255")
_SHIFT_PERIODS, _BROKEN_EACH = 3, 7
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class Oddity(Enum):
    """What is odd about a profile; some oddities begin or end at its `turn`."""

    NONE = "none"
    EMPTY = "empty"
    CORRUPT = "corrupt"
    """Every seventh row lacks its last cell."""
    CLOCK_INVALID = "clock-invalid"
    """For a day from the turn on."""
    DAYLIGHT_SAVING = "daylight-saving"
    """It ends at the turn: one hour of local time comes twice."""
    SET_BACK = "set-back"
    """At the turn, by three periods: these times come twice."""
    SET_FORWARD = "set-forward"
    """At the turn, by three periods: these times are missing."""


@dataclass(frozen=True)
class ProfileKind:
    """What a meter captures, and how many rows it keeps."""

    channels: Channels = 2
    rows: int = 2880
    oddity: Oddity = Oddity.NONE


@dataclass(frozen=True)
class SimulatedLoadProfile(SimulatedProfile):
    """`turn` is when the oddity began or ended."""

    oddity: Oddity = Oddity.NONE
    turn: datetime = datetime.min

    def moments(self) -> list[datetime]:
        """See `SimulatedProfile`."""
        return [] if self.oddity is Oddity.EMPTY else super().moments()

    def clock_times(self, moments: list[datetime]) -> list[datetime]:
        """See `SimulatedProfile`."""
        if self.oddity is Oddity.DAYLIGHT_SAVING:
            return [_in_summer(moment) if moment < self.turn else moment for moment in moments]
        shift = {Oddity.SET_BACK: _SHIFT_PERIODS, Oddity.SET_FORWARD: -_SHIFT_PERIODS}.get(self.oddity)
        if shift is None:
            return moments
        return [moment + shift * self.period if moment < self.turn else moment for moment in moments]

    def row(self, moment: datetime) -> Row:
        """See `SimulatedProfile`."""
        status, *values = self.values(moment)
        flags, clock_status = self._oddity_of(moment)
        (time,) = self.clock_times([moment])
        clock = bytes(replace(CosemDateTime.of(time), status=clock_status))
        return Data(Tag.OCTET_STRING, clock), Data(status.tag, status.value | flags), *values

    def sent(self, rows: list[Row]) -> Data:
        """See `SimulatedProfile`."""
        buffer = super().sent(rows)
        if self.oddity is not Oddity.CORRUPT or buffer.tag is not Tag.ARRAY:
            return buffer
        return Data(buffer.tag, tuple(map(_broken_now_and_then, range(len(rows)), buffer.value)))

    def _oddity_of(self, moment: datetime) -> tuple[int, ClockStatus]:
        """The status of the row, and of its clock."""
        since = moment - self.turn
        if self.oddity is Oddity.DAYLIGHT_SAVING and since < timedelta():
            return DAYLIGHT_SAVING, ClockStatus.DAYLIGHT_SAVING
        if self.oddity is Oddity.CLOCK_INVALID and timedelta() <= since < _DAY:
            return CLOCK_INVALID, ClockStatus.INVALID_VALUE
        if self.oddity in (Oddity.SET_BACK, Oddity.SET_FORWARD) and timedelta() <= since < self.period:
            return CLOCK_ADJUSTED, ClockStatus(0)
        return 0, ClockStatus(0)


def turn_before(now: datetime) -> datetime:
    """The turn of a profile that is read now: on the hour, two days before."""
    return (now - 2 * _DAY).replace(minute=0, second=0, microsecond=0)


def columns(channels: Channels) -> tuple[CaptureObject, ...]:
    """The capture objects: clock, status and energies."""
    energies = (CaptureObject(REGISTER, Obis.parse(name), 2) for name in _names(channels))
    return (CLOCK_COLUMN, CaptureObject(DATA, Obis.parse(STATUS), 2), *energies)


def cells(active: int, channels: Channels) -> Row:
    """What is captured besides the clock when the imported active energy is `active` Wh."""
    energies = (Data(Tag.DOUBLE_LONG_UNSIGNED, active // _ENERGIES[name][0] % (1 << 32)) for name in _names(channels))
    return (Data(Tag.UNSIGNED, 0), *energies)


def captured_objects(active: Callable[[], int], channels: Channels) -> dict[str, CosemObject]:
    """The objects that the columns name, by logical name; `active` is the imported active energy in Wh."""

    def energy(part: int) -> Callable[[], int]:
        return lambda: active() // part

    registers = {name: register(energy(_ENERGIES[name][0]), _ENERGIES[name][1]) for name in _names(channels)}
    return {STATUS: CosemObject(DATA, {2: lambda: Data(Tag.UNSIGNED, 0)}), **registers}


def _names(channels: Channels) -> tuple[str, ...]:
    return _TWO_CHANNELS if channels == 2 else tuple(_ENERGIES)


def _in_summer(moment: datetime) -> datetime:
    return moment.astimezone(timezone((moment.utcoffset() or timedelta()) + _HOUR))


def _broken_now_and_then(number: int, row: Data) -> Data:
    return row if (number + 1) % _BROKEN_EACH else Data(row.tag, row.value[:-1])
