"""Which sequence numbers of a tablet are in, and which are missing.

After a backup was put back, what it lacks is missing by itself: the numbers lie in the same backup.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain.exchange import MAX_RANGES, Absence, SequenceRange
from agent.smm import audit
from agent.smm.database import insert_new
from agent.smm.models import EnrolledTablet, ReceivedRange, ReportedAbsence
from agent.smm.people.mobile_sessions import Technician


class ReceivedNumbers:
    """The numbers of one tablet that are in, as ranges in their order."""

    def __init__(self, device: str, ranges: Iterable[ReceivedRange]) -> None:
        self._device = device
        self.ranges = list(ranges)
        self.merged: list[ReceivedRange] = []
        """Ranges that have become part of another."""

    def add(self, number: int, at: datetime | None) -> None:
        """A number that is in; `at` is the time of its work, if it can be trusted."""
        below = next((each for each in reversed(self.ranges) if each.first <= number), None)
        if below is not None and below.last >= number:
            return
        place = 0 if below is None else self.ranges.index(below) + 1
        above = self.ranges[place] if place < len(self.ranges) else None
        if below is None or below.last < number - 1:
            below = ReceivedRange(device_id=self._device, first=number, last=number, first_at=at, last_at=at)
            self.ranges.insert(place, below)
        else:
            below.last, below.last_at, below.first_at = number, at or below.last_at, below.first_at or at
        if above is not None and above.first == number + 1:
            self._merge(below, above)

    def _merge(self, below: ReceivedRange, above: ReceivedRange) -> None:
        below.last, below.last_at = above.last, above.last_at or below.last_at
        below.first_at = below.first_at or above.first_at
        self.ranges.remove(above)
        self.merged.append(above)

    def earliest(self, number: int) -> datetime | None:
        """The work of this number was not done before this time."""
        for each in reversed(self.ranges):
            if each.last < number and each.last_at is not None:
                return each.last_at
            if each.first < number and each.first_at is not None:
                return each.first_at
        return None

    def latest(self, number: int) -> datetime | None:
        """The work of this number was not done after this time."""
        for each in self.ranges:
            if each.first > number and each.first_at is not None:
                return each.first_at
            if each.last > number and each.last_at is not None:
                return each.last_at
        return None


def received(session: Session, device: str) -> ReceivedNumbers:
    """The numbers of this tablet that are in."""
    query = select(ReceivedRange).where(ReceivedRange.device_id == device).order_by(ReceivedRange.first)
    return ReceivedNumbers(device, session.scalars(query))


def take_note(session: Session, device: str, numbers: Sequence[tuple[int, datetime | None]]) -> ReceivedNumbers:
    """Adds numbers with their times. The tablet's row stays locked: it may have called twice at once."""
    session.execute(select(EnrolledTablet.id).where(EnrolledTablet.id == device).with_for_update())
    known = received(session, device)
    before = list(known.ranges)
    for number, at in numbers:
        known.add(number, at)
    for merged in known.merged:
        if merged in before:
            session.delete(merged)
    session.flush()
    session.add_all(known.ranges)
    session.flush()
    return known


def keep_absences(session: Session, technician: Technician, absences: Sequence[Absence], now: datetime) -> None:
    """Keeps what the tablet reports that it will never send. Reporting it again changes nothing."""
    known = {(each.first, each.last) for each in absences_of(session, technician.device_id)}
    new = {(each.first, each.last): each for each in absences if (each.first, each.last) not in known}
    if not new:
        return
    rows = [
        {
            "device_id": technician.device_id,
            **absence.model_dump(),
            "reported_by": technician.username,
            "reported_at": now,
        }
        for absence in new.values()
    ]
    insert_new(session, ReportedAbsence, rows)
    for absence in new.values():
        details = {"first": absence.first, "last": absence.last, "cause": absence.cause}
        audit.note(session, technician.username, "absence-reported", technician.device_id, technician.tag, **details)


def absences_of(session: Session, device: str) -> list[ReportedAbsence]:
    """What this tablet has reported as absent, in the order of its numbers."""
    query = select(ReportedAbsence).where(ReportedAbsence.device_id == device)
    return list(session.scalars(query.order_by(ReportedAbsence.first, ReportedAbsence.last)))


def missing(session: Session, known: ReceivedNumbers, device: str, last: int) -> tuple[SequenceRange, ...]:
    """Numbers up to `last` that are neither in nor reported as absent, the oldest first."""
    return holes([*known.ranges, *absences_of(session, device)], last)


def holes(
    ranges: Iterable[ReceivedRange | ReportedAbsence | SequenceRange], last: int, first: int = 1
) -> tuple[SequenceRange, ...]:
    """The numbers from `first` to `last` that are in none of the ranges; at most as many ranges as a message holds."""
    found: list[SequenceRange] = []
    for each in sorted(ranges, key=lambda one: one.first):
        if each.first > last:
            break
        if each.first > first:
            found.append(SequenceRange(first=first, last=each.first - 1))
        first = max(first, each.last + 1)
    if first <= last:
        found.append(SequenceRange(first=first, last=last))
    return tuple(found[:MAX_RANGES])
