"""Which attributes of registers are values, and where their scaler and unit are."""

import pytest

from agent.dlms.cosem.registers import holds_time, holds_value, scaler_attribute


@pytest.mark.parametrize(
    ("class_id", "values", "scaler", "times"),
    [(1, (), None, ()), (3, (2,), 3, ()), (4, (2,), 3, (5,)), (5, (2, 3), 4, (6, 7)), (8, (), None, ())],
)
def test_by_class(class_id: int, values: tuple[int, ...], scaler: int | None, times: tuple[int, ...]) -> None:
    numbers = range(1, 10)
    assert [number for number in numbers if holds_value(class_id, number)] == list(values)
    assert [number for number in numbers if holds_time(class_id, number)] == list(times)
    assert {scaler_attribute(class_id, number) for number in values} == ({scaler} if values else set())
    assert scaler_attribute(class_id) == scaler
    assert scaler_attribute(class_id, 1) is None
