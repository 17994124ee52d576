"""What the columns of a load profile hold, judged by class, logical name (IEC 62056-6-1:2017) and attribute."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

_CLOCK = re.compile(r"8/\d+\.\d+\.1\.0\.\d+\.\d+/2")
_STATUS = re.compile(r"1/\d+\.\d+\.96\.10\.\d+\.\d+/2")
_ENERGY = re.compile(r"[34]/1\.\d+\.([1-4])\.8\.(\d+)\.\d+/2")
_DIRECTIONS = {"1": "Active Forward", "2": "Active Reverse", "3": "Reactive Forward", "4": "Reactive Reverse"}
"""By value group C of the logical name; value group D is 8, a time integral (total)."""


class Channel(Protocol):
    """A column of a load profile."""

    @property
    def name(self) -> str:
        """`class/logical name/attribute`."""

    @property
    def unit(self) -> str | None:
        """Of its values; None for what is no quantity."""


@dataclass(frozen=True)
class Columns:
    """Indices of the columns with the time, the status, and the values; None if there is no such column."""

    time: int | None
    status: int | None
    values: tuple[int, ...]


def columns_of(channels: Sequence[Channel]) -> Columns:
    """The first clock is the time, the first status word the status; all others are values."""
    kinds = [column_kind(channel.name) for channel in channels]
    time, status = (kinds.index(each) if each in kinds else None for each in ("time", "status"))
    return Columns(time, status, tuple(n for n in range(len(kinds)) if n not in (time, status)))


def column_kind(name: str) -> Literal["time", "status", "value"]:
    """What a column named `class/logical name/attribute` holds."""
    if _CLOCK.match(name):
        return "time"
    return "status" if _STATUS.match(name) else "value"


def channel_title(name: str) -> str:
    """`Active Forward`, `Reactive Forward T2`, `time` or `status`; the name itself for any other column."""
    if energy := _ENERGY.fullmatch(name):
        direction, tariff = energy.groups()
        return _DIRECTIONS[direction] + (f" T{tariff}" if tariff != "0" else "")
    found = column_kind(name)
    return name if found == "value" else found


def column_titles(channels: Sequence[Channel]) -> tuple[str, ...]:
    """Column titles, with units."""
    return tuple(
        f"{channel_title(each.name)} {each.unit}" if each.unit else channel_title(each.name) for each in channels
    )
