"""Scaler and unit of a register."""

import pytest

from agent.dlms import Data, Tag
from agent.dlms.cosem.units import scaler_and_unit, scaler_unit
from agent.domain.errors import MalformedData


def test_scaler_and_unit() -> None:
    assert scaler_and_unit(scaler_unit(-3, 30)) == (-3, "Wh")
    assert scaler_and_unit(scaler_unit(0, 200)) == (0, "unit 200")
    with pytest.raises(MalformedData):
        scaler_and_unit(Data(Tag.NULL, None))
