"""What a campaign found, as a table: an activity and a kind of fault a row."""

from collections import Counter

from tests.campaign.faults import Case
from tests.campaign.run import WRONG, Outcome, Word

_WORDS: tuple[Word, ...] = ("done", "not done", "by a person", WRONG)
_TITLES = ("activity", "fault", "cases", *_WORDS)


class Summary:
    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, Word]] = Counter()

    def add(self, case: Case, outcome: Outcome) -> None:
        self._counts[case.activity, case.fault.kind, outcome.word] += 1

    @property
    def wrong(self) -> int:
        return sum(count for (_, _, word), count in self._counts.items() if word == WRONG)

    def table(self) -> str:
        places = dict.fromkeys((activity, kind) for activity, kind, _ in self._counts)
        rows = [_TITLES, *(self._row(*place) for place in places), self._total()]
        widths = [max(len(row[column]) for row in rows) for column in range(len(_TITLES))]
        return "\n".join("  ".join(map(_aligned, row, widths, range(len(row)))).rstrip() for row in rows)

    def _row(self, activity: str, kind: str) -> tuple[str, ...]:
        counts = [self._counts[activity, kind, word] for word in _WORDS]
        return (activity, kind, *map(str, (sum(counts), *counts)))

    def _total(self) -> tuple[str, ...]:
        counts = [sum(n for (_, _, word), n in self._counts.items() if word == each) for each in _WORDS]
        return ("all", "", *map(str, (sum(counts), *counts)))


def _aligned(cell: str, width: int, column: int) -> str:
    return cell.ljust(width) if column < 2 else cell.rjust(width)
