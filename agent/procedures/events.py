"""The meter's event log: times and codes in a Profile generic (IEC 62056-6-2:2017, class_id 7; 0.b.99.98.e)."""

from datetime import datetime
from typing import Any

from agent.dlms import Obis
from agent.domain.activity import Activity
from agent.domain.parameters import Parameters, ReadRange
from agent.domain.results import EventEntry, EventLog
from agent.meters import MeterModel
from agent.procedures.dialogue import Dialogue, Steps
from agent.procedures.identify import identify
from agent.procedures.profile_generic import shape
from agent.procedures.profile_rows import ROWS_SET_ASIDE, RowReader
from agent.procedures.values import missing


def events(model: MeterModel, serial: str | None, parameters: Parameters) -> Dialogue[EventLog]:
    """Reads the entries of a range of time, and changes nothing.

    Raises:
        OtherMeter: the meter in front has another serial number.
        AccessRefused: it has no event log, or does not give it.
    """
    assert isinstance(parameters, ReadRange)
    if model.event_log is None:
        raise missing("event log")
    log = Obis.parse(model.event_log)
    step = Steps(Activity.EVENTS.facts.steps)
    yield step("readserial")
    found = yield from identify(model, serial)
    yield step("readcolumns")
    known = yield from shape(log)
    yield step("readevents")
    collected: list[tuple[Any, ...]] = []
    warnings: set[str] = set()
    reader = RowReader(log, known, collected.extend, odd=lambda: warnings.add(ROWS_SET_ASIDE))
    yield from reader.between(parameters.first, parameters.last, parameters.slice_length)
    if known.direction == -1:
        collected.reverse()
    return EventLog(found, tuple(map(_entry, collected)), tuple(warnings))


def _entry(row: tuple[Any, ...]) -> EventEntry:
    moment = next((cell for cell in row if isinstance(cell, datetime)), None)
    code = next((cell for cell in row if isinstance(cell, int) and not isinstance(cell, bool)), 0)
    return EventEntry(moment, code, None)
