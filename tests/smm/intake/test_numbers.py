"""SMM finds by itself which numbers of a tablet it lacks, and asks for them until they come or are reported absent."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select

from agent.domain.exchange import MAX_RANGES, SequenceRange
from agent.smm.database import Database
from agent.smm.intake.numbers import ReceivedNumbers, holes
from agent.smm.models import AuditEntry, ReceivedRange, ReportedAbsence
from tests.smm.conftest import Tablet

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def at(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


@given(st.lists(st.integers(1, 40), max_size=60), st.sets(st.integers(1, 40)))
def test_whatever_order_they_come_in(order: list[int], untrusted: set[int]) -> None:
    """Numbers, holes and bounds are those of the set, and as few ranges as can be."""
    numbers, known = ReceivedNumbers("T-1", []), set(order)
    for number in order:
        numbers.add(number, None if number in untrusted else at(number))
    assert {n for each in numbers.ranges for n in range(each.first, each.last + 1)} == known
    assert all(a.last + 1 < b.first for a, b in zip(numbers.ranges, numbers.ranges[1:], strict=False))
    lacking = {n for each in holes(numbers.ranges, 40) for n in range(each.first, each.last + 1)}
    assert lacking == set(range(1, 41)) - known
    for number in set(range(1, 41)) - known:
        earliest, latest = numbers.earliest(number), numbers.latest(number)
        assert earliest is None or earliest < at(number)
        assert latest is None or latest > at(number)


def test_the_nearest_times_are_the_bounds() -> None:
    numbers = ReceivedNumbers("T-1", [])
    for number in (1, 2, 5, 9):
        numbers.add(number, None if number == 2 else at(number))
    assert (numbers.earliest(4), numbers.latest(4)) == (at(1), at(5))
    assert (numbers.earliest(10), numbers.latest(10)) == (at(9), None)


def test_holes() -> None:
    ranges = [SequenceRange(first=3, last=4), SequenceRange(first=4, last=8), SequenceRange(first=20, last=30)]
    found = [(each.first, each.last) for each in holes(ranges, 25)]
    assert found == [(1, 2), (9, 19)]
    assert [(each.first, each.last) for each in holes(ranges, 2)] == [(1, 2)]
    assert holes([], 0) == ()


def test_gaps_are_asked_for_until_they_come(tablet: Tablet) -> None:
    made = [tablet.envelope(minutes=number) for number in range(6)]
    assert tablet.missing(made[0], made[3]) == [(2, 3), (5, 6)]
    assert tablet.missing() == [(2, 3), (5, 6)], "an empty batch asks too"
    assert tablet.missing(made[2], made[1]) == [(5, 6)]
    assert tablet.missing(made[4], made[5]) == []


def test_a_refused_one_is_not_in(tablet: Tablet) -> None:
    good, refused = tablet.envelope(), tablet.envelope(serial="UAAEEDN00000000000")
    assert tablet.missing(good, refused) == [(2, 2)]


def test_a_duplicate_is_in_even_if_its_number_was_not_noted(tablet: Tablet, database: Database) -> None:
    """As after a crash between the envelope and its number."""
    envelope = tablet.envelope()
    tablet.send(envelope)
    with database.begin() as session:
        session.execute(delete(ReceivedRange))
    assert tablet.missing() == [(1, 1)]
    assert tablet.missing(envelope) == []


def test_absences_are_no_longer_asked_for(tablet: Tablet, database: Database) -> None:
    made = [tablet.envelope(minutes=number) for number in range(8)]
    lost = {"first": 2, "last": 3, "cause": "lost"}
    closed = {"first": 6, "last": 6, "cause": "closed", "note": "medidor quemado"}
    assert tablet.missing(made[0], made[3], absences=[lost, closed]) == [(5, 5), (7, 8)]
    assert tablet.missing(absences=[lost]) == [(5, 5), (7, 8)], "told again, it changes nothing"
    with database.read() as session:
        kept = list(session.scalars(select(ReportedAbsence).order_by(ReportedAbsence.first)))
        audited = session.scalar(select(func.count()).where(AuditEntry.action == "absence-reported"))
    assert [(one.first, one.last, one.cause, one.note) for one in kept] == [
        (2, 3, "lost", ""),
        (6, 6, "closed", "medidor quemado"),
    ]
    assert kept[0].reported_by == "claudio.silva"
    assert audited == 2


def test_a_tablet_that_does_not_tell_its_last_number_is_asked_for_nothing(tablet: Tablet) -> None:
    tablet.envelope()
    answer = tablet.send(tablet.envelope()).json
    assert answer["missing"] == []


def test_other_tablets_have_numbers_of_their_own(tablet: Tablet) -> None:
    other = Tablet(tablet.client)
    other.log_in()
    assert tablet.missing(tablet.envelope()) == []
    other.envelope()
    assert other.missing(other.envelope()) == [(1, 1)]


def test_a_hundred_thousand_executions_are_one_row(tablet: Tablet, database: Database) -> None:
    with database.begin() as session:
        session.execute(insert(ReceivedRange).values(device_id=tablet.id, first=1, last=100_000))
    tablet.sequence = 100_000
    assert tablet.missing(tablet.envelope(), tablet.envelope(minutes=1)) == []
    with database.read() as session:
        assert session.scalars(select(ReceivedRange.last)).one() == 100_002


def test_many_gaps_come_in_parts_the_oldest_first(tablet: Tablet, database: Database) -> None:
    rows = [{"device_id": tablet.id, "first": number, "last": number} for number in range(2, 600, 2)]
    with database.begin() as session:
        session.execute(insert(ReceivedRange), rows)
    tablet.sequence = 600
    found = tablet.missing()
    assert (len(found), found[0], found[-1]) == (MAX_RANGES, (1, 1), (199, 199))
