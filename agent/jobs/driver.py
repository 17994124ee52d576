"""Ways to talk to meters behind one small Protocol: DLMS/COSEM, and the plain readout."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from agent.dlms import AssociationSettings
from agent.dlms.iec21 import ReadOut, SignOnSettings, Wish
from agent.domain.activity import Activity
from agent.domain.errors import AssociationRefused, InputError, LocalProtocolError
from agent.domain.parameters import Nothing, Parameters, Range
from agent.domain.results import Result
from agent.jobs.association import public_association
from agent.jobs.clock import Clock
from agent.jobs.counted import Conductor
from agent.jobs.drive import OPENED, OPENING, Patience, Watcher
from agent.jobs.sign_on import sign_on
from agent.link import Link
from agent.meters import MeterModel, ReadoutModel
from agent.procedures.clock import clock_check
from agent.procedures.dialogue import Dialogue, Step
from agent.procedures.identify import identify
from agent.procedures.instant import instant
from agent.procedures.load_profile import load_profile
from agent.procedures.reading import reading
from agent.procedures.readout import reading_of

Procedure = Callable[[MeterModel, str | None], Dialogue[Any]]

PLAIN: Mapping[Activity, Procedure] = {
    Activity.READING: reading,
    Activity.INSTANT: instant,
    Activity.CLOCK: clock_check,
}
"""Activities that need nothing but the meter's model and, where it is known, its serial number."""


NOTHING = Nothing()
CAN_BE_DONE = frozenset({*PLAIN, Activity.LOAD_PROFILE})


@dataclass(frozen=True)
class Request:
    """What is to be done; with a serial number, at that meter only."""

    activity: Activity
    serial: str | None
    parameters: Parameters = NOTHING


class Driver(Protocol):
    """One protocol with one meter model."""

    async def perform(self, request: Request, link: Link) -> Result:
        """Does an activity at the meter behind the link.

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

    async def perform(self, request: Request, link: Link) -> Result:
        task = self._task(request)
        run = partial(self.conductor.run, model=self.model, link=link)
        try:
            result: Result = await run(task, self.association, title=request.activity.label)
        except AssociationRefused:
            if request.serial is not None:
                public = public_association(self.association)
                await run(partial(identify, self.model, request.serial), public, title="Identification")
            raise
        return result

    def _task(self, request: Request) -> Callable[[], Dialogue[Any]]:
        if isinstance(request.parameters, Range):
            return partial(load_profile, self.model, request.serial, request.parameters)
        procedure = PLAIN.get(request.activity)
        if procedure is None:
            raise InputError(code="not-supported", what=request.activity.label)
        return partial(procedure, self.model, request.serial)


@dataclass(frozen=True)
class ReadoutDriver:
    """For meters that offer nothing else (IEC 62056-21, mode C)."""

    model: ReadoutModel
    clock: Clock
    watcher: Watcher
    patience: Patience

    async def perform(self, request: Request, link: Link) -> Result:
        if request.activity is not Activity.READING:
            raise InputError(code="not-supported", what=request.activity.label)
        self.watcher.log(OPENING)
        step = Step("readout", 1, 1)
        self.watcher.log(str(step))
        self.watcher.step(step)
        answer = await sign_on(SignOnSettings(Wish.READOUT), link, self.clock, self.patience.readout)
        if not isinstance(answer, ReadOut):
            raise LocalProtocolError("a readout that is none")
        self.watcher.log(OPENED)
        return reading_of(self.model, request.serial, answer.data_sets)
