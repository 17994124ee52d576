"""What the columns of a load profile hold, judged by class, logical name (IEC 62056-6-1:2017) and attribute."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from agent.domain.channel_words import DIRECTIONS, WORDS

_CLOCK = re.compile(r"8/\d+\.\d+\.1\.0\.\d+\.\d+/2")
_STATUS = re.compile(r"1/\d+\.\d+\.96\.10\.\d+\.\d+/2")
_ELECTRICITY = re.compile(r"([345])/1\.\d+\.(\d+)\.(\d+)\.(\d+)\.\d+/(\d)((?:/\d+)*)")
_PHASES = {0: "", 1: " L1", 2: " L2", 3: " L3"}
"""By value group C, divided by 20."""
_NEUTRAL = 91
_KINDS = {
    **dict.fromkeys((4, 14, 24, 27), "average"),
    **dict.fromkeys((5, 15, 25, 28), "last-average"),
    **dict.fromkeys((6, 16, 26), "maximum"),
    **dict.fromkeys((3, 13, 23), "minimum"),
    7: "now",
    8: "total",
    29: "interval",
}
"""By value group D: an average over a period, its extremes, an instantaneous value, a time integral."""
_ATTRIBUTES = {
    ("4", "4"): "status",
    ("4", "5"): "capture-time",
    ("5", "2"): "average",
    ("5", "3"): "last-average",
    ("5", "5"): "status",
    ("5", "6"): "capture-time",
    ("5", "7"): "start-time",
    ("5", "8"): "period",
    ("5", "9"): "periods",
}
"""By class and attribute, what is no value, or which one."""


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


def channel_title(name: str, culture: str = "en") -> str:
    """`Active Forward`, `Reactive Forward T2, maximum`, `Voltage L1`, `time` or `status`, in the language of the
    culture; the name itself for a column without words."""
    kind = column_kind(name)
    if kind != "value":
        return kind
    words = WORDS.get(culture.split("-")[0], WORDS["en"])
    return _title(_ELECTRICITY.fullmatch(name), words) or name


def channel_titles(channels: Sequence[Channel], culture: str = "en") -> tuple[str, ...]:
    """The title of each, with its name where another has the same."""
    titles = [channel_title(channel.name, culture) for channel in channels]
    return tuple(
        title if titles.count(title) == 1 else f"{title} ({channel.name})"
        for title, channel in zip(titles, channels, strict=True)
    )


def column_titles(channels: Sequence[Channel], culture: str = "en") -> tuple[str, ...]:
    """Column titles, with units."""
    titles = channel_titles(channels, culture)
    return tuple(f"{title} {each.unit}" if each.unit else title for title, each in zip(titles, channels, strict=True))


def _title(found: re.Match[str] | None, words: Mapping[str, str]) -> str | None:
    if found is None:
        return None
    class_id, c, d, tariff, attribute, elements = found.groups()
    quantity, value = _quantity(int(c), words), _KINDS.get(int(d))
    part = _ATTRIBUTES.get((class_id, attribute))
    if quantity is None or value is None or (attribute != "2" and part is None):
        return None
    if value == "now" and int(c) % 20 not in DIRECTIONS:
        value = "total"
    kinds = ("total" if class_id == "5" else value, part or "total")
    name = quantity if tariff == "0" else f"{quantity} T{tariff}"
    return ", ".join([name, *(words[kind] for kind in kinds if kind != "total")]) + elements.replace("/", " ")


def _quantity(c: int, words: Mapping[str, str]) -> str | None:
    """By value group C: the same quantities for all phases together, and for each."""
    if c == _NEUTRAL:
        return f"{words['11']} N"
    phase, quantity = divmod(c, 20)
    name = DIRECTIONS.get(quantity) or words.get(str(quantity))
    return None if name is None or phase not in _PHASES else name + _PHASES[phase]
