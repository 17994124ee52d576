"""Tariffs and contracts of the catalogue: an activity calendar, and the power that a customer may draw."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Switch:
    """From that minute of the day (0 is midnight) the energy counts in this tariff, 1 for T1."""

    minute: int
    tariff: int


@dataclass(frozen=True)
class Season:
    """Begins at that day of each year and takes that week."""

    name: str
    month: int
    day: int
    week: str


@dataclass(frozen=True)
class TariffPlan:
    """An activity calendar (IEC 62056-6-2, class 20).

    `weeks` gives each week's seven day numbers, Monday first; `days` gives each day's switches, the first at 0.
    """

    name: str
    seasons: tuple[Season, ...]
    weeks: Mapping[str, tuple[int, ...]]
    days: Mapping[int, tuple[Switch, ...]]


@dataclass(frozen=True)
class Contract:
    """`threshold_w` is the contracted power: threshold_normal of the meter's limiter (class 71)."""

    name: str
    threshold_w: int
