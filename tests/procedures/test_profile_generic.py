"""The rows of a profile as a dialogue: shape first, then slices that touch and never overlap."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms import AttributeDescriptor, Obis
from agent.dlms.cosem.capture import SortMethod
from agent.domain.errors import AccessRefused
from agent.procedures import profile_generic
from agent.procedures.dialogue import Dialogue, Read, ReadRows
from agent.procedures.profile_rows import RowReader
from agent.simulator.profile import Compression
from tests.dlms.virtual_line import COLUMNS, LAST_ROW, ProfileMeter, profile_meter
from tests.procedures.at_meter import AtMeter

PROFILE = Obis(1, 0, 99, 1, 0)
QUARTER = timedelta(minutes=15)


def run(task: Dialogue[Any], meter: ProfileMeter) -> tuple[Any, list[AttributeDescriptor]]:
    """What the task gives, and what it asked for."""
    at_meter = AtMeter(meter)
    result = at_meter.run(task)
    asked: list[AttributeDescriptor] = []
    for request in at_meter.requests:
        assert isinstance(request, Read | ReadRows)
        asked += request.attributes if isinstance(request, Read) else (request.buffer,)
    return result, asked


def rows(
    meter: ProfileMeter, first: datetime, last: datetime, slice_length: timedelta | None
) -> tuple[list[tuple[Any, ...]], int]:
    """The rows, and in how many requests they came."""
    known, _ = run(profile_generic.shape(PROFILE), meter)
    released: list[tuple[Any, ...]] = []
    _, asked = run(RowReader(PROFILE, known, released.extend).between(first, last, slice_length), meter)
    return released, len(asked)


def test_shape() -> None:
    known, asked = run(profile_generic.shape(PROFILE), profile_meter())
    assert known == profile_generic.ProfileShape(COLUMNS, 900, SortMethod.FIFO, COLUMNS[0])
    assert [attribute.attribute for attribute in asked] == [3, 4, 5, 6]


@given(
    st.integers(0, 100), st.integers(0, 100), st.sampled_from([None, 0, 1, 7, 24, 500]), st.sampled_from(Compression)
)
def test_every_row_once_whatever_the_slices(start: int, length: int, slice_: int | None, kind: Compression) -> None:
    first = LAST_ROW - (start + length) * QUARTER
    last = first + length * QUARTER
    slice_length = None if slice_ is None else slice_ * QUARTER
    released, requests = rows(profile_meter(kind), first, last, slice_length)
    assert [row[0] for row in released] == [first + n * QUARTER for n in range(length + 1)]
    assert all(row[1] == 0 and row[2] > row[3] for row in released), "filled, whatever the meter left out"
    assert requests == (1 if slice_ is None else -(-(length + 1) // (slice_ + 1)))


def test_a_meter_that_gives_none_says_why() -> None:
    with pytest.raises(AccessRefused) as caught:
        run(profile_generic.shape(Obis(1, 0, 99, 9, 0)), profile_meter())
    assert caught.value.params["result"] == "object-undefined"
    known, _ = run(profile_generic.shape(PROFILE), profile_meter())
    with pytest.raises(AccessRefused):
        run(RowReader(Obis(1, 0, 99, 9, 0), known, print).between(LAST_ROW, LAST_ROW), profile_meter())
