"""Event logs of meters as they are: an odd entry costs itself, and the oldest comes first."""

from agent.dlms import AttributeDescriptor, Data, Tag
from agent.domain.parameters import BEGINNING, ReadRange
from agent.domain.results import EventLog
from agent.procedures.events import events
from tests.dlms.virtual_line import LAST_ROW
from tests.jobs.load_profiles.profile_meter import QUARTER, clock, given_meter, number
from tests.procedures.at_meter import AtMeter
from tests.procedures.test_reading import model_of

LIFO = 2


def test_an_odd_entry_is_told_and_the_newest_first_is_turned_round() -> None:
    entries = [(clock(LAST_ROW), number(3)), (number(9),), (clock(LAST_ROW - QUARTER), number(1))]

    def instead(asked: AttributeDescriptor) -> Data | None:
        if asked.class_id != 7:
            return None
        buffer = Data(Tag.ARRAY, tuple(Data(Tag.STRUCTURE, entry) for entry in entries))
        return {2: buffer, 5: Data(Tag.ENUM, LIFO)}.get(asked.attribute)

    log = AtMeter(given_meter([]), instead).run(events(model_of("cerm1"), None, ReadRange(BEGINNING, LAST_ROW)))
    assert isinstance(log, EventLog)
    assert [(entry.at, entry.code) for entry in log.entries] == [(LAST_ROW - QUARTER, 1), (LAST_ROW, 3)]
    assert log.warnings == ("rows-set-aside",)
