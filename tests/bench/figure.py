"""One line of the table: ours, a peer's, and the goal."""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Figure:
    """`ratio` is ours to the peer's, so that more is better with `at least`, less with `at most`.

    `ours` and `peer` are in `unit`; None where the peer could not be measured, and `why` says so. The goal is
    for the ratio, or for `ours` where `absolute`.
    """

    name: str
    unit: str
    ours: float
    peer: float | None
    peer_name: str
    goal: float
    better: Literal["at least", "at most"]
    absolute: bool = False
    why: str = ""

    @property
    def ratio(self) -> float | None:
        return None if not self.peer else self.ours / self.peer

    @property
    def met(self) -> bool | None:
        """None where it could not be measured."""
        value = self.ours if self.absolute else self.ratio
        if value is None:
            return None
        return value >= self.goal if self.better == "at least" else value <= self.goal

    def as_json(self) -> dict[str, Any]:
        goal = f"{'' if self.absolute else 'ratio '}{self.better} {self.goal:g}"
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": self.ours,
            "peer": self.peer,
            "peer_name": self.peer_name,
            "ratio": self.ratio,
            "goal": goal,
            "met": self.met,
        }


def table(figures: list[Figure]) -> str:
    """All figures, one a line."""
    rows: list[tuple[str, ...]] = [("", "ours", "peer", "", "unit", "ratio", "goal", "met")]
    rows += [_row(figure) for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(figure: Figure) -> tuple[str, ...]:
    said = figure.as_json()
    return (
        figure.name,
        f"{figure.ours:,.4g}",
        "-" if figure.peer is None else f"{figure.peer:,.4g}",
        figure.peer_name,
        figure.unit,
        "-" if figure.ratio is None else f"{figure.ratio:.3g}",
        str(said["goal"]),
        {True: "yes", False: "NO", None: figure.why}[figure.met],
    )
