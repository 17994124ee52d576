"""A meter's state, found anew from all that came in for it.

Only single columns are read and written, so that a migration can call it whatever columns come later.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from agent.domain.activity import Activity
from agent.domain.exchange import Payload
from agent.domain.exchange.payloads import ReadingPayload
from agent.smm.intake import facts, marks
from agent.smm.intake.marks import Mark
from agent.smm.models import Execution, LastReading, Meter, MeterFact, WorkOrder

_PAYLOAD: TypeAdapter[Payload] = TypeAdapter(Payload)
_TELLING = (
    Activity.READING,
    Activity.DISCONNECT,
    Activity.RECONNECT,
    Activity.CREDIT_READ,
    Activity.CREDIT_CHARGE,
    Activity.PREPAY_CONFIG,
    Activity.CHANGE,
)
_READING = "reading"
"""Stands among the facts here, though its last word is kept with the reading."""


@dataclass(frozen=True)
class _Word:
    mark: Mark
    values: dict[str, Any]


def rebuild(session: Session, serial: str, now: datetime) -> None:
    """Gives each fact of the meter to the outcome that has the last word on it."""
    last: dict[str, _Word] = {}
    for fact, word in _words(session, serial):
        if fact not in last or word.mark.is_newer(last[fact].mark, now):
            last[fact] = word
    reading = last.pop(_READING, None)
    for fact, word in last.items():
        session.execute(delete(MeterFact).where(MeterFact.serial == serial, MeterFact.fact == fact))
        marked = {"serial": serial, "fact": fact, **word.mark.columns(), "over_future": False}
        session.execute(insert(MeterFact).values(marked))
        marks.put_columns(session, Meter, serial, word.values)
    if last:
        newest = max(word.mark.at for word in last.values())
        marks.put_columns(session, Meter, serial, {"last_executed_at": newest})
    if reading is not None:
        mark = {"device_id": reading.mark.device, "sequence": reading.mark.sequence}
        marks.put_columns(session, LastReading, serial, {**reading.values, **mark})


def _words(session: Session, serial: str) -> Iterator[tuple[str, _Word]]:
    """What each outcome tells, in the order in which they came in."""
    columns = (Execution.key, Execution.device_id, Execution.sequence, Execution.payload, Execution.received_at)
    query = select(*columns, Execution.executed_at, Execution.corrected_at)
    query = query.join(WorkOrder, (WorkOrder.id == Execution.work_order_id) & (WorkOrder.serial == Execution.serial))
    query = query.where(Execution.serial == serial, WorkOrder.activity.in_(_TELLING))
    for row in session.execute(query.order_by(Execution.received_at, Execution.sequence)).all():
        at = row.corrected_at or min(row.executed_at or row.received_at, row.received_at)
        mark = Mark(at, row.device_id, row.sequence)
        for fact, values in _told(row.payload, at, row.received_at).items():
            yield fact, _Word(mark, values)


def _told(content: dict[str, Any], at: datetime, came_in: datetime) -> dict[str, dict[str, Any]]:
    """Nothing, if an earlier version kept something else than a payload of today."""
    try:
        payload = _PAYLOAD.validate_python(content)
        if not isinstance(payload, ReadingPayload):
            return facts.told_by(payload, at)
        registers = {**facts.registers_of(payload), "read_at": at, "inserted_at": came_in}
        return {**facts.told_by(payload, at), _READING: registers}
    except ValueError:
        return {}
