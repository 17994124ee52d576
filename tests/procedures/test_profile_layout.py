"""Any columns, in any order of rows, with anything left out that may be: times and values are those put in."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms import AttributeDescriptor, Data, DataAccessResult, Obis, Tag
from agent.dlms.cosem.capture import CaptureObject, SortMethod
from agent.dlms.cosem.units import scaler_unit
from agent.domain.errors import MalformedData
from agent.domain.parameters import BEGINNING, ReadRange
from agent.domain.results import LoadProfile
from agent.procedures.load_profile import load_profile
from tests.dlms.virtual_line import COLUMNS, LAST_ROW
from tests.jobs.load_profiles.profile_meter import NO_MOMENT, QUARTER, Row, clock, given_meter, number, row
from tests.procedures.at_meter import AtMeter
from tests.procedures.test_reading import model_of

CERM1 = model_of("cerm1")
CLOCK, STATUS, ENERGY = COLUMNS[:3]
NULL = Data(Tag.NULL, None)
NAME = Data(Tag.OCTET_STRING, bytes(ENERGY.obis))
SCALER, WH = -1, 30
ALL = ReadRange(BEGINNING, datetime(2100, 1, 1, tzinfo=UTC))


def read(
    columns: tuple[CaptureObject, ...],
    rows: list[Row],
    sort: SortMethod = SortMethod.FIFO,
    sort_object: CaptureObject = CLOCK,
    refuses: tuple[int, ...] = (),
) -> tuple[LoadProfile, list[tuple[Any, ...]]]:
    """The profile and its rows; values have a scaler at attribute 3, of demand registers at attribute 4."""
    meter = given_meter(rows, [None] * len(rows))
    meter.held.columns, meter.held.sort_method, meter.held.sort_object = columns, sort, sort_object

    def instead(asked: AttributeDescriptor) -> Data | DataAccessResult | None:
        if asked.class_id in refuses:
            return DataAccessResult.READ_WRITE_DENIED
        is_scaler = asked.attribute == {3: 3, 4: 3, 5: 4}.get(asked.class_id)
        return scaler_unit(SCALER, WH) if is_scaler else None

    parts: list[LoadProfile] = []
    result = AtMeter(meter, instead).run(load_profile(CERM1, None, ALL, parts.append))
    assert isinstance(result, LoadProfile) and {part.channels for part in parts if part.rows} <= {result.channels}
    return result, [each for part in parts for each in part.rows]


# ── anything that may be left out ──


@dataclass(frozen=True)
class Kind:
    """A column: its capture object, its cell for a value, and the plain cells that it becomes."""

    column: CaptureObject

    def cell(self, value: int) -> Data:
        match self.column.class_id, self.column.attribute:
            case 1, _:
                return Data(Tag.UNSIGNED, value % 256)
            case (4, 5) | (5, 6) | (5, 7):
                return clock(LAST_ROW - value * QUARTER)
            case class_id, 0:
                return Data(Tag.STRUCTURE, (NAME, *(each for _, each in whole(class_id, value))))
            case _:
                return number(value)

    def plain(self, value: int) -> tuple[Any, ...]:
        match self.column.class_id, self.column.attribute:
            case 1, _:
                return (value % 256,)
            case (4, 5) | (5, 6) | (5, 7):
                return (LAST_ROW - value * QUARTER,)
            case class_id, 0:
                return tuple(plain for plain, _ in whole(class_id, value) if plain is not None)
            case _:
                return (scaled(value),)

    @property
    def units(self) -> list[str | None]:
        match self.column.class_id, self.column.attribute:
            case (1, _) | (4, 5) | (5, 6) | (5, 7):
                return [None]
            case 3, 0:
                return ["Wh"]
            case 4, 0:
                return ["Wh", None, None]
            case 5, 0:
                return ["Wh", "Wh", None, None, None, None, None]
            case _:
                return ["Wh"]


def whole(class_id: int, value: int) -> list[tuple[Any, Data]]:
    """The attributes of a register after its name, and what of them is shown."""
    at = LAST_ROW - value * QUARTER
    values = [(scaled(value), number(value)), *([(scaled(value + 1), number(value + 1))] if class_id == 5 else [])]
    scaler = (None, scaler_unit(SCALER, WH))
    late = [(value % 256, Data(Tag.UNSIGNED, value % 256)), (at, clock(at))]
    periods = [(at, clock(at)), (900, number(900)), (1, Data(Tag.LONG_UNSIGNED, 1))]
    return [*values, scaler, *(late if class_id > 3 else []), *(periods if class_id == 5 else [])]


def scaled(value: int) -> Decimal:
    return Decimal(value).scaleb(SCALER)


KINDS = [
    Kind(CaptureObject(class_id, Obis(1, 0, 1, d, 0), attribute))
    for class_id, d, attributes in ((1, 96, (2,)), (3, 8, (0, 2)), (4, 6, (0, 2, 5)), (5, 4, (0, 2, 3, 6, 7)))
    for attribute in attributes
]


@st.composite
def profiles(draw: st.DrawFn) -> tuple[list[Kind], list[int], list[tuple[datetime, list[int]]], SortMethod, bool]:
    """Columns, where the clock is, rows with times and values, their order, and whether they are sorted by clock."""
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=5, unique=True))
    steps = draw(st.lists(st.sampled_from([1, 1, 1, 4]), min_size=1, max_size=12))
    times = [LAST_ROW - sum(steps[n:]) * QUARTER for n in range(len(steps))]
    values = st.lists(st.sampled_from([7, 7, 8, 1000]), min_size=len(kinds), max_size=len(kinds))
    rows = [(time, draw(values)) for time in times]
    sort = draw(st.sampled_from(SortMethod))
    by_clock = sort in (SortMethod.LARGEST, SortMethod.SMALLEST) and draw(st.booleans())
    if sort is SortMethod.LIFO or (by_clock and sort is SortMethod.LARGEST):
        rows.reverse()
    elif sort not in (SortMethod.FIFO, SortMethod.SMALLEST) or not (by_clock or sort is SortMethod.FIFO):
        rows = draw(st.permutations(rows))
    return kinds, [draw(st.integers(0, len(kinds)))], rows, sort, by_clock


@given(profiles(), st.data())
def test_times_and_values_are_those_put_in(
    profile: tuple[list[Kind], list[int], list[tuple[datetime, list[int]]], SortMethod, bool], data: st.DataObject
) -> None:
    kinds, (place,), captured, sort, by_clock = profile
    newest_first = sort is SortMethod.LIFO or (by_clock and sort is SortMethod.LARGEST)
    timely = by_clock or sort in (SortMethod.FIFO, SortMethod.LIFO)
    sent: list[Row] = []
    expected: list[tuple[Any, ...]] = []
    before: tuple[datetime | None, list[int]] | None = None
    for time, values in captured:
        cells = [kind.cell(value) for kind, value in zip(kinds, values, strict=True)]
        told: datetime | None = time
        moment = clock(time)
        if before is not None:
            same = [was == value for was, value in zip(before[1], values, strict=True)]
            cells = [
                NULL if is_same and data.draw(st.booleans()) else cell
                for is_same, cell in zip(same, cells, strict=True)
            ]
            follows = before[0] is not None and time - before[0] == (-QUARTER if newest_first else QUARTER)
            if (follows if timely else True) and data.draw(st.booleans()):
                moment, told = NULL, time if timely else None
        sent.append((*cells[:place], moment, *cells[place:]))
        plain = [kind.plain(value) for kind, value in zip(kinds, values, strict=True)]
        expected.append(tuple(cell for group in (*plain[:place], (told,), *plain[place:]) for cell in group))
        before = told, values
    columns = tuple(kind.column for kind in kinds)
    sort_object = CLOCK if by_clock else columns[0]
    result, rows = read((*columns[:place], CLOCK, *columns[place:]), sent, sort, sort_object)
    assert rows == expected
    units: list[list[str | None]] = [kind.units for kind in kinds]
    units.insert(place, [None])
    assert [each.unit for each in result.channels] == [unit for group in units for unit in group]
    assert ("times-unknown" in result.warnings) == any(NULL in each for each in sent) * any(
        None in each for each in expected
    )


# ── what makes no sense ──


def test_an_odd_row_is_set_aside_with_a_warning() -> None:
    good = [row(LAST_ROW - n * QUARTER, 100 + n) for n in (4, 3, 2)]
    odd = [
        row(LAST_ROW - QUARTER, 1)[:3],
        (*row(LAST_ROW - QUARTER, 1), number(1)),
        (*row(LAST_ROW - QUARTER, 1)[:2], Data(Tag.VISIBLE_STRING, "12"), number(1)),
        (*row(LAST_ROW - QUARTER, 1)[:2], Data(Tag.STRUCTURE, (number(1),)), number(1)),
    ]
    for one in odd:
        for place in range(4):
            result, rows = read(COLUMNS, [*good[:place], one, *good[place:]])
            assert [each[0] for each in rows] == [LAST_ROW - n * QUARTER for n in (4, 3, 2)]
            assert result.warnings == ("rows-set-aside",)


@pytest.mark.parametrize(
    "impossible", [NO_MOMENT, Data(Tag.OCTET_STRING, b""), number(7), Data(Tag.OCTET_STRING, bytes(12))]
)
def test_a_clock_that_makes_no_sense_costs_the_time_of_its_row(impossible: Data) -> None:
    result, rows = read(COLUMNS, [row(LAST_ROW - QUARTER, 5), row(impossible, 6), row(LAST_ROW, 7)])
    assert [(each[0], each[2]) for each in rows] == [
        (LAST_ROW - QUARTER, Decimal("0.5")),
        (None, Decimal("0.6")),
        (LAST_ROW, Decimal("0.7")),
    ]
    assert result.warnings == ("times-unknown",)


def test_a_scaler_that_is_not_given_is_told() -> None:
    result, rows = read(COLUMNS, [row(LAST_ROW, 5)], refuses=(3,))
    assert (rows[0][2], result.channels[2].unit, result.warnings) == (5, None, ("scalers-unknown",))


@pytest.mark.parametrize("tag", [Tag.UNSIGNED, Tag.LONG_UNSIGNED, Tag.LONG64_UNSIGNED, Tag.LONG, Tag.NULL])
def test_counts_of_any_type(tag: Tag) -> None:
    """Also a buffer of null-data where the profile holds nothing."""
    meter = given_meter([])

    def instead(asked: AttributeDescriptor) -> Data | None:
        if asked.class_id != 7:
            return None
        small = Data(tag, None if tag is Tag.NULL else 60)
        return {2: NULL, 4: small, 7: small}.get(asked.attribute)

    parts: list[LoadProfile] = []
    result = AtMeter(meter, instead).run(load_profile(CERM1, None, ALL, parts.append))
    assert result.capture_period_s == (0 if tag is Tag.NULL else 60)
    assert [each for part in parts for each in part.rows] == [] and result.warnings == ()


def test_structures_within_structures_and_an_empty_one() -> None:
    inner = Data(Tag.STRUCTURE, (number(1), Data(Tag.ARRAY, (number(2), number(3)))))
    rows: list[Row] = [(clock(LAST_ROW + timedelta(minutes=15 * n)), inner, Data(Tag.ARRAY, ())) for n in range(2)]
    result, found = read((CLOCK, STATUS, CaptureObject(1, Obis(0, 0, 96, 5, 0), 2)), rows)
    name = str(STATUS)
    assert [each.name for each in result.channels][1:4] == [f"{name}/1", f"{name}/2/1", f"{name}/2/2"]
    assert [each[1:] for each in found] == [(1, 2, 3, None)] * 2


def test_a_structure_of_too_many_values_is_one_text() -> None:
    wide = Data(Tag.ARRAY, (number(1),) * 70)
    result, rows = read((CLOCK, STATUS), [(clock(LAST_ROW), wide)])
    assert len(result.channels) == 2 and rows == [(LAST_ROW, " ".join("1" * 70))]


def test_more_columns_than_can_be_kept_say_so() -> None:
    with pytest.raises(MalformedData):
        read((CLOCK, STATUS) * 33, [])
