"""Load profile and GET INFO as dialogues: what is handed on, and what is made of what a meter does not tell."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from agent.dlms import AttributeDescriptor, Data, DataAccessResult, Obis, SelectiveAccess
from agent.dlms.cosem.selection import ENTRY
from agent.dlms.cosem.units import scaler_unit
from agent.domain.errors import OtherMeter
from agent.domain.parameters import ReadRange
from agent.domain.results import LoadProfile, ProfileChannel, ProfileInfo
from agent.procedures.dialogue import Dialogue
from agent.procedures.load_profile import load_profile
from agent.procedures.profile_info import profile_info
from tests.dlms.virtual_line import LAST_ROW
from tests.jobs.load_profiles.profile_meter import QUARTER, given_meter, row
from tests.jobs.memory_line import SAMPLE
from tests.procedures.at_meter import AtMeter
from tests.procedures.test_reading import model_of

CERM1 = model_of("cerm1")
ROWS = [row(LAST_ROW - n * QUARTER, 1000 - n, status=n % 2) for n in reversed(range(20))]
ALL = ReadRange(LAST_ROW - timedelta(days=1), LAST_ROW)
Refuses = Callable[[AttributeDescriptor], bool]
SCALED = AttributeDescriptor(3, Obis(1, 0, 1, 8, 0), 3)


def run(task: Dialogue[Any], refuses: Refuses = lambda _: False) -> tuple[Any, list[str]]:
    """What the task gives, and its steps."""

    def instead(attribute: AttributeDescriptor) -> Data | DataAccessResult | None:
        if refuses(attribute):
            return DataAccessResult.READ_WRITE_DENIED
        return scaler_unit(-1, 30) if attribute == SCALED else None

    at_meter = AtMeter(given_meter(ROWS), instead)
    return at_meter.run(task), list(map(str, at_meter.steps))


def by_entry(attribute: AttributeDescriptor) -> bool:
    return isinstance(attribute.access, SelectiveAccess) and attribute.access.selector == ENTRY


def test_columns_first_then_rows_exact() -> None:
    parts: list[LoadProfile] = []
    result, steps = run(load_profile(CERM1, SAMPLE.serial, ALL, parts.append))
    assert steps == ["- readserial 1/4", "- readcolumns 2/4", "- readscalers 3/4", "- readrows 4/4"]
    assert (parts[0].rows, parts[0].rows_held, parts[0]) == ((), 20, result)
    assert result.channels[2] == ProfileChannel("3/1.0.1.8.0.255/2", -1, "Wh")
    assert [part.rows for part in parts[2:]] == []
    assert parts[1].rows[-1] == (LAST_ROW, 0, Decimal("100.0"), 333)
    assert len(parts[1].rows) == 20


def test_a_meter_that_tells_no_scaler_and_not_how_many_rows_it_holds() -> None:
    parts: list[LoadProfile] = []
    untold = ((3, 3), (7, 7))
    task = load_profile(CERM1, None, ALL, parts.append)
    result, _ = run(task, lambda asked: (asked.class_id, asked.attribute) in untold)
    assert (result.rows_held, result.channels[2].unit) == (None, None)
    assert parts[1].rows[-1][2] == 1000


def test_another_meter() -> None:
    for task in (load_profile(CERM1, "OTHER-1", ALL, lambda _: None), profile_info(CERM1, "OTHER-1", None)):
        with pytest.raises(OtherMeter):
            run(task)


@pytest.mark.parametrize(("hours", "new"), [(None, 20), (1, 4), (0, 0), (-1, 0), (99, 20)])
def test_info_tells_what_is_new(hours: int | None, new: int) -> None:
    since = None if hours is None else LAST_ROW - timedelta(hours=hours)
    info, steps = run(profile_info(CERM1, SAMPLE.serial, since))
    assert isinstance(info, ProfileInfo)
    assert steps[-1] == "- readends 4/4"
    assert (info.rows_held, info.first, info.last) == (20, LAST_ROW - 19 * QUARTER, LAST_ROW)
    assert (info.since, info.new_rows) == (since, new)
    assert info.new_seconds is not None and (info.new_seconds > 0) == (new > 0)


def test_info_of_a_meter_that_gives_no_row_by_its_number() -> None:
    info, _ = run(profile_info(CERM1, None, LAST_ROW - QUARTER), by_entry)
    assert (info.rows_held, info.first, info.last, info.new_rows, info.new_seconds) == (20, None, None, None, None)
