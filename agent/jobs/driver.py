"""Ways to talk to meters behind one small Protocol: DLMS/COSEM, and the plain readout."""

from dataclasses import dataclass
from functools import partial
from typing import Protocol

from agent.dlms import AssociationSettings
from agent.dlms.iec21 import ReadOut, SignOnSettings, Wish
from agent.domain.activity import Activity
from agent.domain.errors import AssociationRefused, InputError, LocalProtocolError
from agent.domain.reading import MeterReading
from agent.jobs.association import public_association
from agent.jobs.clock import Clock
from agent.jobs.counted import Conductor
from agent.jobs.drive import OPENED, OPENING, Patience, Watcher
from agent.jobs.sign_on import sign_on
from agent.link import Link
from agent.meters import MeterModel, ReadoutModel
from agent.procedures.dialogue import Step
from agent.procedures.identify import identify
from agent.procedures.reading import reading
from agent.procedures.readout import reading_of

CAN_BE_DONE = frozenset({Activity.READING})
"""Activities that this version has a procedure for."""


class Driver(Protocol):
    """One protocol with one meter model."""

    async def perform(self, activity: Activity, serial: str | None, link: Link) -> MeterReading:
        """Does an activity at the meter behind the link; with a serial number, at that meter only.

        Raises:
            InputError: `not-supported`; nothing was said to the meter.
            EplusError: of the link, the protocol, or the meter.
        """


@dataclass(frozen=True)
class DlmsDriver:
    """Another meter refuses this meter's password: then its public client tells whose meter it is."""

    model: MeterModel
    association: AssociationSettings
    conductor: Conductor

    async def perform(self, activity: Activity, serial: str | None, link: Link) -> MeterReading:
        if activity is not Activity.READING:
            raise InputError(code="not-supported", what=activity.label)
        run = partial(self.conductor.run, model=self.model, link=link)
        try:
            return await run(partial(reading, self.model, serial), self.association, title=activity.label)
        except AssociationRefused:
            if serial is not None:
                public = public_association(self.association)
                await run(partial(identify, self.model, serial), public, title="Identification")
            raise


@dataclass(frozen=True)
class ReadoutDriver:
    """For meters that offer nothing else (IEC 62056-21, mode C)."""

    model: ReadoutModel
    clock: Clock
    watcher: Watcher
    patience: Patience

    async def perform(self, activity: Activity, serial: str | None, link: Link) -> MeterReading:
        if activity is not Activity.READING:
            raise InputError(code="not-supported", what=activity.label)
        self.watcher.log(OPENING)
        step = Step("readout", 1, 1)
        self.watcher.log(str(step))
        self.watcher.step(step)
        answer = await sign_on(SignOnSettings(Wish.READOUT), link, self.clock, self.patience.readout)
        if not isinstance(answer, ReadOut):
            raise LocalProtocolError("a readout that is none")
        self.watcher.log(OPENED)
        return reading_of(self.model, serial, answer.data_sets)
