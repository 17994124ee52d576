"""Sequence numbers that SMM says it lacks: what can be sent again, and what will never come."""

from collections.abc import Iterable, Iterator

from sqlite_utils import Database

from agent.domain.exchange import MAX_RANGES, Absence, SequenceRange
from agent.store import digests, outbox

_SEND_AGAIN = (
    "UPDATE outbox SET state = 'waiting', receipt_at = NULL WHERE state = 'received' AND sequence BETWEEN ? AND ?"
)
"""Opens envelopes again that SMM had received."""

_INTACT = """
SELECT sequence, closed_by, closed_note, state = 'closed' AS closed FROM outbox WHERE sequence BETWEEN ? AND ?
"""
"""Envelopes that can be read, and which of them a person has closed."""

_DAMAGED = """
SELECT sequence FROM main.outbox WHERE sequence BETWEEN :first AND :last
UNION SELECT sequence FROM set_aside
WHERE table_name = 'outbox' AND content <> '' AND sequence BETWEEN :first AND :last
"""
"""Envelopes of which there is something, be it that it cannot be read."""

_LONGEST_NOTE = 300


def send_again(db: Database, missing: Iterable[SequenceRange]) -> int:
    """What SMM had received and now lacks waits once more, unless it is damaged. Returns how many."""
    statement = f"{_SEND_AGAIN} AND {digests.is_intact(db, 'outbox')}"
    return sum(int(db.execute(statement, [gap.first, gap.last]).rowcount) for gap in missing)


def absences(db: Database, missing: Iterable[SequenceRange], told: frozenset[Absence]) -> tuple[Absence, ...]:
    """What of it will never come, and why; at most as many as a batch takes, without those that SMM was `told`.

    Numbers that the tablet has not given out yet are nobody's loss.
    """
    last = outbox.last_sequence(db)
    found: list[Absence] = []
    for gap in missing:
        for absence in _joined(_absent(db, gap.first, min(gap.last, last))):
            if absence not in told:
                found.append(absence)
            if len(found) == MAX_RANGES:
                return tuple(found)
    return tuple(found)


def _absent(db: Database, first: int, last: int) -> Iterator[Absence]:
    """In order of the numbers."""
    intact = {row["sequence"]: row for row in db.query(_INTACT, [first, last])}
    damaged = {row[0] for row in db.execute(_DAMAGED, {"first": first, "last": last})} - intact.keys()
    following = first
    for number in sorted(intact.keys() | damaged):
        if number > following:
            yield Absence(first=following, last=number - 1, cause="lost")
        following = number + 1
        if number in damaged:
            yield Absence(first=number, last=number, cause="damaged")
        elif intact[number]["closed"]:
            note = f"{intact[number]['closed_by']}: {intact[number]['closed_note']}"[:_LONGEST_NOTE]
            yield Absence(first=number, last=number, cause="closed", note=note)
    if following <= last:
        yield Absence(first=following, last=last, cause="lost")


def _joined(absent: Iterable[Absence]) -> Iterator[Absence]:
    """Neighbours of one cause as one range."""
    run: Absence | None = None
    for one in absent:
        if run is not None and run.last + 1 == one.first and (run.cause, run.note) == (one.cause, one.note):
            run = run.model_copy(update={"last": one.last})
            continue
        if run is not None:
            yield run
        run = one
    if run is not None:
        yield run
