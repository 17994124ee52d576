"""The way from a serial number to a driver for that meter: directory, secret, model, probe."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from agent.domain.clock import Clock
from agent.domain.errors import InputError
from agent.domain.exchange import MeterSecret
from agent.domain.transport import Transport
from agent.drivers.association import association_of_tablet
from agent.drivers.choose import DriverParts, driver_for
from agent.drivers.counters import Counters
from agent.drivers.driver import Driver
from agent.drivers.session import Journal, Watcher
from agent.jobs.meter_memory import StoredMemory
from agent.link import Link
from agent.meters import Model, load_model
from agent.store import Store, directory


class ProbeLease(Protocol):
    """The way to a meter, lent to one job at a time."""

    @property
    def mode_e(self) -> bool:
        """Whether a sign-on comes before HDLC."""

    @property
    def transport(self) -> Transport:
        """How a DLMS meter is reached over the link."""

    def require_connected(self) -> object:
        """Raises: LinkError."""

    def lease(self) -> AbstractAsyncContextManager[Link]:
        """Raises: LinkError."""


@dataclass(frozen=True)
class JobMeter:
    """The meter that a job is for, its model and its secret."""

    serial: str
    model: Model
    secret: MeterSecret


class MeterAccess:
    """`models` is the folder of the utility's own meter models."""

    def __init__(
        self, store: Store, counters: Counters, probe: ProbeLease, clock: Clock, models: Path | None = None
    ) -> None:
        self.probe = probe
        self._store = store
        self._counters = counters
        self._clock = clock
        self._models = models

    def find(self, serial: str) -> JobMeter:
        """The meter, as this tablet knows it.

        Raises:
            InputError: `meter-unknown`, or its key is not here.
        """
        with self._store.read() as db:
            meter = directory.find(db, serial)
        if meter is None:
            raise InputError(code="meter-unknown", serial=serial)
        model = load_model(meter.model, self._models)
        return JobMeter(meter.serial, model, directory.open_secret(meter, self._store.identity))

    def driver(self, meter: JobMeter, watcher: Watcher, journal: Journal) -> Driver:
        """Raises: InputError `bad-keys`, where its secret does not serve."""
        probe, memory = self.probe, StoredMemory(self._store, meter.serial, self._clock)
        parts = DriverParts(
            self._counters, self._clock, watcher, probe.mode_e, journal, transport=probe.transport, memory=memory
        )
        return driver_for(meter.model, partial(association_of_tablet, secret=meter.secret), parts)
