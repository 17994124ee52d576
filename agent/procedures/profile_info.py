"""What a meter's load profile captures, how many rows it holds, and how many of them are new."""

from datetime import datetime
from math import ceil
from typing import Any

from agent.dlms import Obis
from agent.dlms.cosem.capture import CaptureObject
from agent.domain.activity import Activity
from agent.domain.results import ProfileInfo
from agent.meters import MeterModel
from agent.procedures.dialogue import Dialogue, Steps
from agent.procedures.identify import identify
from agent.procedures.profile_generic import (
    ProfileShape,
    channels_of,
    entries_in_use,
    entry,
    profile_name,
    read_scalers,
    shape,
)

_CLOCK, _TIME = 8, 2
_OCTETS_OF_TIME, _OCTETS_OF_VALUE, _OCTETS_OF_ROW = 14, 5, 2
"""Encoded: a date-time, a register's value, and what each row adds to its cells."""
_OCTETS_A_SECOND = 870
"""Net rate at 9,600 baud, after frames, blocks and turn-around times."""


def profile_info(model: MeterModel, serial: str | None, since: datetime | None) -> Dialogue[ProfileInfo]:
    """Reads the profile's columns, its number of rows, and its first and last row.

    `since` is the time of the last row that the tablet already has.

    Raises:
        OtherMeter: the meter in front has another serial number.
        AccessRefused: it has no such profile, or does not give it.
    """
    profile = profile_name(model)
    step = Steps(Activity.LOAD_PROFILE.facts.steps_for("info"))
    yield step("readserial")
    found = yield from identify(model, serial)
    yield step("readcolumns")
    known = yield from shape(profile)
    yield step("readscalers")
    scalers = yield from read_scalers(known)
    yield step("readends")
    held = (yield from entries_in_use(profile)) or 0
    ends = yield from _ends(profile, known, held)
    first, last = min(ends, default=None), max(ends, default=None)
    new = _new_rows(known, held, last, since)
    seconds = None if new is None else ceil(new * _row_octets(known) / _OCTETS_A_SECOND)
    channels = channels_of(known, scalers)
    return ProfileInfo(found, channels, known.capture_period, held, first, last, since, new, seconds)


def _ends(profile: Obis, known: ProfileShape, held: int) -> Dialogue[list[datetime]]:
    """Times of the first and the last row, in either order: a profile may have its newest row first."""
    clock = next((n for n, column in enumerate(known.columns) if _is_clock(column)), None)
    if not held or clock is None:
        return []
    found: list[tuple[Any, ...] | None] = []
    for number in (1, held):
        found.append((yield from entry(profile, known, number)))
    return [row[clock].astimezone() for row in found if row is not None and row[clock] is not None]


def _new_rows(known: ProfileShape, held: int, last: datetime | None, since: datetime | None) -> int | None:
    if since is None or not held:
        return held
    if last is None or not known.capture_period:
        return None
    return min(held, max(0, int((last - since).total_seconds()) // known.capture_period))


def _row_octets(known: ProfileShape) -> int:
    cells = (_OCTETS_OF_TIME if _is_clock(column) else _OCTETS_OF_VALUE for column in known.columns)
    return _OCTETS_OF_ROW + sum(cells)


def _is_clock(column: CaptureObject) -> bool:
    return column.class_id == _CLOCK and column.attribute == _TIME
