"""What a meter's load profile captures, how many rows it holds, and how many of them are new."""

from datetime import datetime
from typing import Any

from agent.dlms import Obis
from agent.domain.activity import Activity
from agent.domain.results import ProfileInfo
from agent.meters import MeterModel
from agent.procedures.dialogue import Dialogue, Steps
from agent.procedures.identify import identify
from agent.procedures.profile_channels import Spread, read_scalers
from agent.procedures.profile_generic import ProfileShape, entries_in_use, entry, profile_name, shape
from agent.procedures.profile_rows import aware


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
    scalers, _ = yield from read_scalers(known.columns)
    yield step("readends")
    held = (yield from entries_in_use(profile)) or 0
    ends = yield from _ends(profile, known, held)
    first, last = min(ends, default=None), max(ends, default=None)
    new = _new_rows(known, held, last, since)
    seconds = None if new is None else known.seconds(new)
    channels = Spread(known.columns, scalers).channels
    return ProfileInfo(found, channels, known.capture_period, held, first, last, since, new, seconds)


def _ends(profile: Obis, known: ProfileShape, held: int) -> Dialogue[list[datetime]]:
    """Times of the first and the last row, in either order: a profile may have its newest row first."""
    clock = known.clock
    if not held or clock is None:
        return []
    found: list[tuple[Any, ...] | None] = []
    for number in (1, held):
        found.append((yield from entry(profile, known, number)))
    times = [aware(row[clock]) for row in found if row is not None]
    return [time for time in times if time is not None]


def _new_rows(known: ProfileShape, held: int, last: datetime | None, since: datetime | None) -> int | None:
    if since is None or not held:
        return held
    if last is None or not known.capture_period:
        return None
    return min(held, max(0, int((last - since).total_seconds()) // known.capture_period))
