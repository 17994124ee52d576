"""Times that a person looks at: an outcome whose time is in doubt keeps the corrected time, or is given another."""

from datetime import datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from agent.domain.errors import InputError
from agent.smm.intake import rebuilding
from agent.smm.intake.clocks import Doubt
from agent.smm.models import Execution, Meter, Reading, WorkOrder

WAITING = (Execution.clock_doubt.is_not(None), Execution.time_checked_at.is_(None))
"""Conditions of an outcome whose time waits for a person."""


def doubt_time(session: Session, serial: str, key: str, doubt: Doubt) -> None:
    """Puts the time of an outcome among those that a person looks at."""
    of_key = update(Execution).where(Execution.serial == serial, Execution.key == key)
    session.execute(of_key.values(clock_doubt=doubt.value))


def to_check(session: Session, key: str, tag: str) -> Execution:
    """An outcome whose time waits for a person, locked. Raises: InputError `bad-input` if it does not, or is not of
    this tag."""
    query = select(Execution).join(Meter, Meter.serial == Execution.serial).where(Execution.key == key)
    query = _of_tag(query.where(*WAITING), tag)
    found = session.scalar(query.with_for_update(of=Execution))
    if found is None:
        raise InputError(code="bad-input", field="key")
    return found


def keep_time(execution: Execution, by: str, now: datetime) -> None:
    """The corrected time is right."""
    execution.time_checked_by, execution.time_checked_at = by, now


def keep_all_of(session: Session, device: str, tag: str, by: str, now: datetime) -> int:
    """The corrected times of all that waits from one tablet are right. Returns how many."""
    found = session.scalars(_waiting_from(device, tag).with_for_update(of=Execution)).all()
    for execution in found:
        keep_time(execution, by, now)
    return len(found)


def count_of(session: Session, device: str, tag: str) -> int:
    """How many wait from one tablet."""
    return session.scalar(select(func.count()).select_from(_waiting_from(device, tag).subquery())) or 0


def _waiting_from(device: str, tag: str) -> Select[Execution]:
    query = select(Execution).join(Meter, Meter.serial == Execution.serial)
    return _of_tag(query.where(Execution.device_id == device, *WAITING), tag)


def _of_tag(query: Select[Execution], tag: str) -> Select[Execution]:
    return query.where(Meter.tag == tag) if tag else query


def set_time(session: Session, execution: Execution, at: datetime, by: str, now: datetime) -> None:
    """The work was done at `at`: reports say so, and the meter's state follows it.

    Raises:
        InputError: `bad-input`, a time after the outcome came in.
    """
    if at > execution.received_at:
        raise InputError(code="bad-input", field="time")
    ended = update(WorkOrder).where(
        WorkOrder.serial == execution.serial,
        WorkOrder.id == execution.work_order_id,
        WorkOrder.ended_at == execution.corrected_at,
    )
    session.execute(ended.values(ended_at=at))
    of_key = update(Reading).where(Reading.serial == execution.serial, Reading.execution_key == execution.key)
    session.execute(of_key.values(read_at=at))
    execution.corrected_at = at
    keep_time(execution, by, now)
    session.flush()
    rebuilding.rebuild(session, execution.serial, now)
