"""What a simulated meter measures now: voltage and current of each phase, reactive power, power factor, frequency."""

from collections.abc import Callable
from functools import partial

from agent.dlms import Tag
from agent.simulator.objects import CosemObject, register

_VAR, _AMPERE, _VOLT, _HERTZ, _NO_UNIT = 29, 33, 35, 44, 255
_PHASES = ((31, 2301), (51, 2312), (71, 2294))
"""Group C of the current, and the voltage in tenths of a volt; group C of the voltage is one more."""
_POWER_FACTOR, _HUNDREDTHS_OF_HERTZ = 970, 5001
_APPARENT_VOLTS = 223
"""Volts times the power factor: what divides the active power gives the current."""


def instant_objects(power: Callable[[], int], phases: int) -> dict[str, CosemObject]:
    """Registers by logical name; `power` is the active power in W, shared equally by the phases."""
    objects = {
        "1.0.3.7.0.255": register(lambda: power() // 4, _VAR, tag=Tag.LONG_UNSIGNED),
        "1.0.13.7.0.255": register(lambda: _POWER_FACTOR, _NO_UNIT, -3, Tag.LONG_UNSIGNED),
        "1.0.14.7.0.255": register(lambda: _HUNDREDTHS_OF_HERTZ, _HERTZ, -2, Tag.LONG_UNSIGNED),
    }
    for group, tenths_of_a_volt in _PHASES[:phases]:
        objects[f"1.0.{group}.7.0.255"] = register(
            lambda: power() * 100 // _APPARENT_VOLTS // phases, _AMPERE, -2, Tag.LONG_UNSIGNED
        )
        volts = partial(int, tenths_of_a_volt)
        objects[f"1.0.{group + 1}.7.0.255"] = register(volts, _VOLT, -1, Tag.LONG_UNSIGNED)
    return objects
