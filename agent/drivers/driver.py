"""Ways to talk to meters behind one small Protocol: DLMS/COSEM, and the plain readout."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from agent.dlms import AssociationSettings
from agent.dlms.iec21 import ReadOut, SignOnGoal, SignOnSettings
from agent.domain.activity import Activity
from agent.domain.clock import Clock
from agent.domain.errors import AssociationRefused, InputError, LocalProtocolError
from agent.domain.parameters import Info, Nothing, Parameters, Range
from agent.domain.results import Result
from agent.drivers.association import public_association
from agent.drivers.counters import SessionRunner
from agent.drivers.session import OPENED, OPENING, Timeouts, Watcher
from agent.drivers.sign_on import sign_on
from agent.link import Link
from agent.meters import MeterModel, ReadoutModel
from agent.procedures.dialogue import Dialogue, Evidence, Step, Verdict
from agent.procedures.identify import identify
from agent.procedures.lab import at_simulated_meter
from agent.procedures.load_profile import TakePart, load_profile
from agent.procedures.profile_info import profile_info
from agent.procedures.readout import reading_of
from agent.procedures.tasks import RECOVERIES, TASKS

T = TypeVar("T")

NOTHING = Nothing()
CAN_BE_DONE = frozenset({*TASKS, Activity.LOAD_PROFILE})


@dataclass(frozen=True)
class DriverRequest:
    """What is to be done; with a serial number, at that meter only. `take` gets the rows of a load profile.

    `lab`: at a simulated meter only.
    """

    activity: Activity
    serial: str | None
    parameters: Parameters = NOTHING
    take: TakePart | None = None
    lab: bool = False


class Driver(Protocol):
    """One protocol with one meter model."""

    async def perform(self, request: DriverRequest, link: Link) -> Result:
        """Does an activity at the meter behind the link.

        Raises:
            InputError: `not-supported`; nothing was said to the meter.
            EplusError: of the link, the protocol, or the meter.
        """

    async def recover(self, request: DriverRequest, evidence: Evidence, link: Link, /) -> Verdict[Result]:
        """Finds out what became of a change that left, and changes nothing.

        Raises:
            InputError: `not-supported`.
            EplusError: of the link, the protocol, or the meter; then nobody knows more than before.
        """


@dataclass(frozen=True)
class DlmsDriver:
    """Another meter refuses this meter's password: then its public client tells whose meter it is."""

    model: MeterModel
    association: AssociationSettings
    conductor: SessionRunner

    async def perform(self, request: DriverRequest, link: Link) -> Result:
        return await self._at_this_meter(request, self._task(request), link)

    async def recover(self, request: DriverRequest, evidence: Evidence, link: Link) -> Verdict[Result]:
        recovery = RECOVERIES.get(request.activity)
        if recovery is None:
            raise InputError(code="not-supported", what=request.activity.label)
        task = partial(recovery, self.model, request.serial, request.parameters, evidence)
        return await self._at_this_meter(request, task, link)

    async def _at_this_meter(self, request: DriverRequest, task: Callable[[], Dialogue[T]], link: Link) -> T:
        run = partial(self.conductor.run, model=self.model, link=link)
        try:
            return await run(task, self.association, title=request.activity.label)
        except AssociationRefused:
            if request.serial is not None:
                public = public_association(self.association)
                await run(partial(identify, self.model, request.serial), public, title="Identification")
            raise

    def _task(self, request: DriverRequest) -> Callable[[], Dialogue[Any]]:
        if request.activity is Activity.LOAD_PROFILE:
            return self._profile_task(request)
        procedure = TASKS.get(request.activity)
        if procedure is None:
            raise InputError(code="not-supported", what=request.activity.label)
        task = partial(procedure, self.model, request.serial, request.parameters)
        return (lambda: at_simulated_meter(task())) if request.lab else task

    def _profile_task(self, request: DriverRequest) -> Callable[[], Dialogue[Any]]:
        match request.parameters:
            case Info(since):
                return partial(profile_info, self.model, request.serial, since)
            case Range() if request.take is not None:
                return partial(load_profile, self.model, request.serial, request.parameters, request.take)
        raise LocalProtocolError("a load profile without a range, or with nobody to take it")


@dataclass(frozen=True)
class ReadoutDriver:
    """For meters that offer nothing else (IEC 62056-21, mode C)."""

    model: ReadoutModel
    clock: Clock
    watcher: Watcher
    patience: Timeouts

    async def perform(self, request: DriverRequest, link: Link) -> Result:
        if request.activity is not Activity.READING:
            raise InputError(code="not-supported", what=request.activity.label)
        self.watcher.log(OPENING)
        step = Step("readout", 1, 1)
        self.watcher.log(str(step))
        self.watcher.step(step)
        answer = await sign_on(SignOnSettings(SignOnGoal.READOUT), link, self.clock, self.patience.readout)
        if not isinstance(answer, ReadOut):
            raise LocalProtocolError("a readout that is none")
        self.watcher.log(OPENED)
        return reading_of(self.model, request.serial, answer.data_sets)

    async def recover(self, request: DriverRequest, _evidence: Evidence, _link: Link) -> Verdict[Result]:
        raise InputError(code="not-supported", what=request.activity.label)
