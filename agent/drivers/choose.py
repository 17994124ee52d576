"""The one place that puts a driver together: the kind of the meter's model decides which."""

from collections.abc import Callable
from dataclasses import dataclass, field

from agent.dlms import AssociationSettings
from agent.domain.clock import Clock
from agent.drivers.counters import CountedSessions, Counters
from agent.drivers.dlms import DlmsDriver
from agent.drivers.driver import Driver
from agent.drivers.readout import ReadoutDriver
from agent.drivers.session import NO_JOURNAL, Journal, Timeouts, Watcher
from agent.meters import MeterModel, Model, ReadoutModel

Associate = Callable[[MeterModel], AssociationSettings]
"""How to associate with a meter of that model. Raises InputError, where secret or keys do not serve."""


@dataclass(frozen=True)
class DriverParts:
    """What a driver is handed. `mode_e`: a sign-on comes before HDLC (sonda externa)."""

    counters: Counters
    clock: Clock
    watcher: Watcher
    mode_e: bool = False
    journal: Journal = NO_JOURNAL
    timeouts: Timeouts = field(default_factory=Timeouts)


def driver_for(model: Model, associate: Associate, parts: DriverParts) -> Driver:
    """The driver for meters of this model.

    Raises:
        InputError: as `associate`.
    """
    if isinstance(model, ReadoutModel):
        return ReadoutDriver(model, parts.clock, parts.watcher, parts.timeouts)
    return dlms_driver(model, associate, parts)


def dlms_driver(model: MeterModel, associate: Associate, parts: DriverParts) -> DlmsDriver:
    """The driver for a meter that speaks DLMS/COSEM. Raises as `driver_for`."""
    sessions = CountedSessions(parts.counters, parts.clock, parts.watcher, parts.timeouts, parts.mode_e, parts.journal)
    return DlmsDriver(model, associate(model), sessions)
