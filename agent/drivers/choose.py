"""Picks and builds the driver for a meter: the kind of its model decides which."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from agent.dlms import AssociationSettings
from agent.domain.clock import Clock
from agent.domain.errors import InputError
from agent.domain.transport import PLAIN_HDLC, Transport
from agent.drivers.counters import CountedSessions, Counters
from agent.drivers.dlms import DlmsDriver
from agent.drivers.driver import Driver
from agent.drivers.memory import NO_MEMORY, MeterMemory
from agent.drivers.readout import ReadoutDriver
from agent.drivers.session import NO_JOURNAL, Journal, Timeouts, Watcher
from agent.meters import MeterModel, Model, ReadoutModel

Associate = Callable[[MeterModel], AssociationSettings]
"""How to associate with a meter of that model. Raises InputError if its secret or keys cannot be used."""


@dataclass(frozen=True)
class DriverParts:
    """What a driver needs besides the model. `mode_e`: a sign-on comes before HDLC (IEC 62056-21:2002, mode E).

    `transport` is how a DLMS meter is reached over the link.
    """

    counters: Counters
    clock: Clock
    watcher: Watcher
    mode_e: bool = False
    journal: Journal = NO_JOURNAL
    timeouts: Timeouts = field(default_factory=Timeouts)
    transport: Transport = PLAIN_HDLC
    memory: MeterMemory = NO_MEMORY


def driver_for(model: Model, associate: Associate, parts: DriverParts) -> Driver:
    """The driver for meters of this model.

    Raises:
        InputError: as `associate`; `not-supported`, a plain readout in a wrapper or through a gateway.
    """
    if isinstance(model, ReadoutModel):
        if parts.transport != PLAIN_HDLC:
            raise InputError(code="not-supported", what=model.name)
        return ReadoutDriver(model, parts.clock, parts.watcher, parts.timeouts)
    return dlms_driver(model, associate, parts)


def dlms_driver(model: MeterModel, associate: Associate, parts: DriverParts) -> DlmsDriver:
    """The driver for a meter that speaks DLMS/COSEM.

    Raises:
        InputError: as `associate`.
    """
    sessions = CountedSessions(
        parts.counters, parts.clock, parts.watcher, parts.timeouts, parts.mode_e, parts.journal, parts.memory
    )
    return DlmsDriver(model, replace(associate(model), transport=parts.transport), sessions)
