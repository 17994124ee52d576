"""Every activity and its procedure; and how to find out what became of a change."""

from collections.abc import Callable, Mapping
from typing import Any

from agent.domain.activity import Activity
from agent.domain.parameters import Parameters
from agent.meters import MeterModel
from agent.procedures.breaker import disconnect, reconnect, recover_disconnect, recover_reconnect
from agent.procedures.change import change_supply, recover_change
from agent.procedures.charge import charge, recover_charge
from agent.procedures.clock import clock, recover_clock
from agent.procedures.credit import credit_read
from agent.procedures.dialogue import Dialogue, Evidence, Verdict
from agent.procedures.events import events
from agent.procedures.instant import instant
from agent.procedures.prepay_config import prepay_config, recover_prepay_config
from agent.procedures.reading import reading

Task = Callable[[MeterModel, str | None, Parameters], Dialogue[Any]]
Recovery = Callable[[MeterModel, str | None, Parameters, Evidence], Dialogue[Verdict[Any]]]

TASKS: Mapping[Activity, Task] = {
    Activity.READING: lambda model, serial, _: reading(model, serial),
    Activity.INSTANT: lambda model, serial, _: instant(model, serial),
    Activity.EVENTS: events,
    Activity.CREDIT_READ: credit_read,
    Activity.CLOCK: clock,
    Activity.DISCONNECT: disconnect,
    Activity.RECONNECT: reconnect,
    Activity.CREDIT_CHARGE: charge,
    Activity.PREPAY_CONFIG: prepay_config,
    Activity.CHANGE: change_supply,
}
"""All but the load profile, whose rows are taken while they come in."""

RECOVERIES: Mapping[Activity, Recovery] = {
    Activity.CLOCK: recover_clock,
    Activity.DISCONNECT: recover_disconnect,
    Activity.RECONNECT: recover_reconnect,
    Activity.CREDIT_CHARGE: recover_charge,
    Activity.PREPAY_CONFIG: recover_prepay_config,
    Activity.CHANGE: recover_change,
}
