"""Tariff plans as activity calendars: there and back, and calendars that no plan could be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms import Data, Tag
from agent.dlms.axdr.coding import decode, encode
from agent.dlms.cosem.clock import CosemDateTime, as_octet_string
from agent.dlms.cosem.dates import CosemDate, CosemTime
from agent.domain.errors import MalformedData
from agent.domain.tariff import Season, Switch, TariffPlan
from agent.procedures.calendar import plan_parts, read_plan

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,7}", fullmatch=True)
DAYS = st.integers(0, 255)
SEASONS = st.builds(Season, NAMES, st.integers(1, 12), st.integers(1, 31), NAMES)
SWITCHES = st.builds(Switch, st.integers(0, 1439), st.integers(1, 6))
PLANS = st.builds(
    TariffPlan,
    NAMES,
    st.lists(SEASONS, min_size=1, max_size=4).map(tuple),
    st.dictionaries(NAMES, st.tuples(*[DAYS] * 7), min_size=1, max_size=4),
    st.dictionaries(DAYS, st.lists(SWITCHES, min_size=1, max_size=6).map(tuple), min_size=1, max_size=4),
)
PLAN = TariffPlan("Two", (Season("all", 4, 1, "w"),), {"w": (1,) * 7}, {1: (Switch(0, 1), Switch(1350, 2))})


@given(PLANS)
def test_there_and_back(plan: TariffPlan) -> None:
    parts = [decode(encode(part)) for part in plan_parts(plan)]
    assert read_plan(*parts) == plan


def test_the_octets_of_a_season_and_a_switch() -> None:
    _, seasons, _, days = plan_parts(PLAN)
    _, start, _ = seasons.value[0].value
    assert start.value.hex() == "ffff0401ff000000008000ff"
    second = days.value[0].value[1].value[1].value
    assert [part.value for part in second] == [bytes([22, 30, 0, 0]), bytes.fromhex("00000a0064ff"), 2]


def with_switch(start: Data, scripts: str = "00000a0064ff") -> Data:
    action = Data(Tag.STRUCTURE, (start, Data(Tag.OCTET_STRING, bytes.fromhex(scripts)), Data(Tag.LONG_UNSIGNED, 1)))
    return Data(Tag.ARRAY, (Data(Tag.STRUCTURE, (Data(Tag.UNSIGNED, 1), Data(Tag.ARRAY, (action,)))),))


@pytest.mark.parametrize(
    "days",
    [
        with_switch(as_octet_string(CosemTime(8, 0, 30, 0))),
        with_switch(as_octet_string(CosemTime(None, 0, 0, 0))),
        with_switch(as_octet_string(CosemTime(8, 0, 0, 0)), "00000a006aff"),
        with_switch(Data(Tag.UNSIGNED, 8)),
        Data(Tag.ARRAY, (Data(Tag.UNSIGNED, 1),)),
        Data(Tag.NULL, None),
    ],
)
def test_days_that_no_plan_could_have(days: Data) -> None:
    name, seasons, weeks, _ = plan_parts(PLAN)
    with pytest.raises(MalformedData):
        read_plan(name, seasons, weeks, days)


def test_a_season_that_begins_on_no_day() -> None:
    name, _, weeks, days = plan_parts(PLAN)
    start = as_octet_string(CosemDateTime(CosemDate(None, None, None), CosemTime(0, 0, 0, 0)))
    season = Data(Tag.STRUCTURE, (name, start, name))
    with pytest.raises(MalformedData):
        read_plan(name, Data(Tag.ARRAY, (season,)), weeks, days)
