"""What works with whom: a table that the tests fill, printed when the run is over."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    WORKS = "works"
    CANNOT = "peer cannot"
    FAILS = "FAILS"


class PeerCannot(Exception):
    """The combination is left out, for a reason of the peer's, in words."""

    def __init__(self, why: str) -> None:
        assert " " in why.strip(), f"no reason in words: {why!r}"
        super().__init__(why)


@dataclass(frozen=True)
class Cell:
    outcome: Outcome
    why: str = ""


@dataclass
class Matrix:
    """Features down, peers across; a feature is named by what our side is asked to do, and as whom."""

    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)

    @contextlib.contextmanager
    def trial(self, peer: str, feature: str) -> Iterator[None]:
        """What comes of the block is a cell. A peer that cannot ends the block quietly: nothing of ours failed."""
        try:
            yield
        except PeerCannot as reason:
            self.record(peer, feature, Cell(Outcome.CANNOT, str(reason)))
        except BaseException as error:
            self.record(peer, feature, Cell(Outcome.FAILS, _one_line(error)))
            raise
        else:
            self.record(peer, feature, Cell(Outcome.WORKS))

    def record(self, peer: str, feature: str, cell: Cell) -> None:
        """Of several trials of one feature the worst counts."""
        order = list(Outcome)
        before = self.cells.get((peer, feature), cell)
        self.cells[peer, feature] = max(before, cell, key=lambda known: order.index(known.outcome))

    def lines(self) -> list[str]:
        """The table, then why each of the others does not work."""
        if not self.cells:
            return []
        peers = sorted({peer for peer, _ in self.cells})
        features = list(dict.fromkeys(feature for _, feature in self.cells))
        rows = [["", *peers]]
        rows += [[feature, *(self._word(peer, feature) for peer in peers)] for feature in features]
        return [*_table(rows), "", *self._reasons(peers, features)]

    def _word(self, peer: str, feature: str) -> str:
        cell = self.cells.get((peer, feature))
        return cell.outcome if cell else "-"

    def _reasons(self, peers: list[str], features: list[str]) -> list[str]:
        cells = ((peer, feature, self.cells.get((peer, feature))) for peer in peers for feature in features)
        return [f"{peer}, {feature}: {cell.outcome}: {cell.why}" for peer, feature, cell in cells if cell and cell.why]


def _table(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _one_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
