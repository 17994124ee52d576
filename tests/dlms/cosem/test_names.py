"""Logical names."""

import pytest

from agent.dlms import Obis
from agent.domain.errors import InputError


@pytest.mark.parametrize("text", ["1.0.1.8", "1.0.1.8.0.0.0", "256.0.1.8.0", "a.b.c.d.e", "", "1.0.1.8.0.-1"])
def test_what_is_no_logical_name(text: str) -> None:
    with pytest.raises(InputError):
        Obis.parse(text)


def test_logical_name() -> None:
    assert str(Obis.parse("1.0.1.8.0")) == "1.0.1.8.0.255"
    assert Obis.from_octets(bytes(Obis.parse("0.0.96.1.0.255"))) == Obis(0, 0, 96, 1, 0)
