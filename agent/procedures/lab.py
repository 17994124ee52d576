"""Activities that need a work order, done without one for training and tests: at simulated meters only."""

from typing import TypeVar

from agent.dlms import DataAccessResult
from agent.dlms.cosem.values import text
from agent.domain.errors import InputError
from agent.domain.simulated import SIMULATED
from agent.procedures.dialogue import Dialogue, ask
from agent.procedures.values import attributes

T = TypeVar("T")
LOGICAL_DEVICE_NAME = "0.0.42.0.0"
"""IEC 62056-6-1:2017: COSEM logical device name."""


def at_simulated_meter(task: Dialogue[T]) -> Dialogue[T]:
    """The task, carried out only if the logical device name is a simulator's.

    Raises:
        InputError: `lab-only`; nothing was done.
    """
    answer = yield from ask(attributes(1, LOGICAL_DEVICE_NAME, 2))
    name = answer.values[0]
    if isinstance(name, DataAccessResult) or not text(name).startswith(SIMULATED):
        raise InputError(code="lab-only")
    return (yield from task)
