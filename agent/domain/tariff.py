"""Tariffs and contracts in the catalogue: activity calendars, and the power that a customer may draw."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Switch:
    """From this minute of the day on (0 is midnight), energy counts in this tariff (1 is T1)."""

    minute: int
    tariff: int


@dataclass(frozen=True)
class Season:
    """Begins on this day of each year; `week` names its week profile."""

    name: str
    month: int
    day: int
    week: str


@dataclass(frozen=True)
class TariffPlan:
    """An activity calendar (IEC 62056-6-2:2017, class_id 20).

    `weeks` maps a week's name to seven day numbers, Monday first; `days` maps a day number to the switches of that day,
    the first at minute 0.
    """

    name: str
    seasons: tuple[Season, ...]
    weeks: Mapping[str, tuple[int, ...]]
    days: Mapping[int, tuple[Switch, ...]]


@dataclass(frozen=True)
class Contract:
    """`threshold_w` is the contracted power in W: threshold_normal of the Limiter (IEC 62056-6-2:2017, class_id 71)."""

    name: str
    threshold_w: int
