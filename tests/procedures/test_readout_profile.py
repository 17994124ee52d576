"""Load profiles from readouts, as meters of many makers write them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from agent.dlms.iec21.readout import parse_block
from agent.domain.channels import columns_of
from agent.domain.errors import AccessRefused
from agent.domain.parameters import ReadRange
from agent.domain.results import LoadProfile, ProfileChannel
from agent.meters import ReadoutModel, load_model
from agent.procedures.readout_profile import profile_info_of, profile_of

ALL = ReadRange(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
EMH = """P.01(1210302001500)(00)(15)(2)(1.5)(kW)(2.5)(kW)
(0.00320)(0.000)
(0.00480)(0.125)
"""


def read(lines: str, wanted: ReadRange = ALL) -> LoadProfile:
    return profile_of(model(), None, parse_block(f"C.1.0(12345678)\n{lines}\n!\n".encode()), wanted)


def model() -> ReadoutModel:
    found = load_model("readout")
    assert isinstance(found, ReadoutModel)
    return found


def test_rows_have_time_status_and_values_of_a_unit() -> None:
    found = read(EMH)
    assert found.channels == (
        ProfileChannel("8/0.0.1.0.0.255/2", None, None),
        ProfileChannel("1/0.0.96.10.1.255/2", None, None),
        ProfileChannel("5/1.0.1.5.0.255/3", 0, "W"),
        ProfileChannel("5/1.0.2.5.0.255/3", 0, "W"),
    )
    assert found.rows == (
        (datetime(2021, 3, 2, 0, 15), 0, Decimal("3.20"), Decimal("0")),
        (datetime(2021, 3, 2, 0, 30), 0, Decimal("4.80"), Decimal("125")),
    )
    columns = columns_of(found.channels)
    assert (columns.time, columns.status, columns.values) == (0, 1, (2, 3))
    assert (found.capture_period_s, found.warnings, found.rows_held) == (900, (), 2)


@pytest.mark.parametrize(
    ("stamp", "first"),
    [
        ("1210302001500", datetime(2021, 3, 2, 0, 15)),
        ("0210302001507", datetime(2021, 3, 2, 0, 15, 7, fold=1)),
        ("2210302001500", datetime(2021, 3, 2, 0, 15, tzinfo=UTC)),
        ("02103020015", datetime(2021, 3, 2, 0, 15, fold=1)),
        ("210302001500", datetime(2021, 3, 2, 0, 15)),
        ("2103020015", datetime(2021, 3, 2, 0, 15)),
        ("21-03-02 00:15:00", datetime(2021, 3, 2, 0, 15)),
        ("1210231250000", None),
        ("0000000000000", None),
    ],
)
def test_times(stamp: str, first: datetime | None) -> None:
    found = read(EMH.replace("1210302001500", stamp))
    assert found.rows[0][0] == first
    assert found.rows[1][0] == (None if first is None else first + timedelta(minutes=15))
    assert found.warnings == (() if first else ("rows-without-time",))


def test_the_hour_that_comes_twice() -> None:
    lines = "".join(f"P.01({s}211031021500)(00)(15)(1)(1.5)(kW)\n(1)\n(2)\n" for s in "10")
    assert [(row[0].hour, row[0].minute, row[0].fold) for row in read(lines).rows if isinstance(row[0], datetime)] == [
        (2, 15, 0),
        (2, 30, 0),
        (2, 15, 1),
        (2, 30, 1),
    ]


def test_gaps_and_status() -> None:
    found = read(EMH + EMH.replace("0302001500)(00)", "0302031500)(80)"))
    assert [row[1] for row in found.rows] == [0, 0, 128, 128]
    assert found.rows[2][0] == datetime(2021, 3, 2, 3, 15)
    assert found.capture_period_s == 900


def test_columns_that_change() -> None:
    found = read(EMH + "P.01(1210302010000)(00)(15)(1)(1-1:3.9)(kvarh)\n(0.5)\n")
    assert found.channels[-1] == ProfileChannel("3/1.1.3.9.0.255/2", 0, "varh")
    assert [row[2:] for row in found.rows][1:] == [
        (Decimal("4.80"), Decimal(125), None),
        (None, None, Decimal(500)),
    ]


@pytest.mark.parametrize("odd", ["(0.1)", "(0.1)(0.2)(0.3)", "(x)(-)", "()()"])
def test_a_row_that_makes_no_sense_keeps_its_place_and_is_left_out(odd: str) -> None:
    found = read(EMH + odd + "\n(0.5)(0.5)\n")
    assert [row[0].minute for row in found.rows if isinstance(row[0], datetime)] == [15, 30, 0]
    assert found.warnings == ("rows-set-aside",)


def test_a_cell_that_makes_no_sense() -> None:
    found = read(EMH + "(0,5)(??)\n")
    assert found.rows[-1][2:] == (Decimal(500), None)
    assert found.warnings == ("rows-set-aside",)


@pytest.mark.parametrize(
    "head", ["P.01(x)(00)(15)(1)(1.5)(kW)", "P.01(1210302001500)(00)(15)(3)(1.5)(kW)", "P.01()", "P.01(ERROR)"]
)
def test_a_head_that_makes_no_sense_costs_its_rows(head: str) -> None:
    found = read(f"{head}\n(9.9)\n{EMH}")
    assert len(found.rows) == 2 and found.warnings == ("rows-set-aside",)
    assert read(head).rows == ()


def test_a_range() -> None:
    first = datetime(2021, 3, 2, 0, 30).astimezone()
    assert len(read(EMH, ReadRange(first, first)).rows) == 1
    assert read(EMH, ReadRange(first + timedelta(days=1), first + timedelta(days=2))).rows == ()


def test_none_at_all() -> None:
    with pytest.raises(AccessRefused):
        read("1.8.0(1*kWh)")


def test_what_it_holds() -> None:
    since = datetime(2021, 3, 2, 0, 15).astimezone()
    info = profile_info_of(model(), None, parse_block(f"C.1.0(12345678)\n{EMH}".encode()), since)
    assert (info.rows_held, info.new_rows, info.first, info.last) == (2, 1, since, since + timedelta(minutes=15))
