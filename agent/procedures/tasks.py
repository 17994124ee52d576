"""From an activity to its procedure, and to its recovery, which finds out what became of a change.

The activity's row in `domain/activity` names module and function. The recovery is the function `recover_…` in the same
module.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from agent.domain.activity import Activity
from agent.domain.parameters import Parameters
from agent.meters import MeterModel
from agent.procedures.dialogue import Dialogue, Evidence, Verdict

Procedure = Callable[..., Dialogue[Any]]
"""`(model, serial, parameters)`, and `take` where the activity brings rows. With a serial number, only that meter."""

Recovery = Callable[[MeterModel, str | None, Parameters, Evidence], Dialogue[Verdict[Any]]]
"""`(model, serial, parameters, evidence)`. It changes nothing."""


@cache
def procedure_of(activity: Activity) -> Procedure:
    """The procedure that carries the activity out."""
    procedure: Procedure = _function(activity, "")
    return procedure


@cache
def recovery_of(activity: Activity) -> Recovery | None:
    """The procedure that finds out what became of a change; None if the activity never changes anything."""
    if not activity.facts.recovery_steps:
        return None
    recovery: Recovery = _function(activity, "recover_")
    return recovery


def _function(activity: Activity, prefix: str) -> Any:
    module, _, name = activity.facts.procedure.partition(".")
    return getattr(import_module(f"agent.procedures.{module}"), prefix + name)
