"""The driver for meters that speak DLMS/COSEM."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from agent.dlms import AssociationSettings
from agent.domain.errors import AssociationRefused, InputError, RemoteProtocolError
from agent.domain.results import Result
from agent.drivers.association import public_association
from agent.drivers.counters import CountedSessions
from agent.drivers.driver import DriverRequest
from agent.drivers.reconnecting import RECONNECTING, Trail
from agent.link import Link
from agent.meters import MeterModel
from agent.procedures.dialogue import Dialogue, Evidence, Verdict
from agent.procedures.identify import identify
from agent.procedures.lab import at_simulated_meter
from agent.procedures.tasks import procedure_of, recovery_of

T = TypeVar("T")
IDENTIFICATION_TITLE = "Identification"
"""Names the check of the serial number in the communication log."""


@dataclass(frozen=True)
class DlmsDriver:
    """A `Driver` that opens an association of its own for each call."""

    model: MeterModel
    association: AssociationSettings
    sessions: CountedSessions

    async def perform(self, request: DriverRequest, link: Link) -> Result:
        """See `Driver`."""
        trail = Trail()
        result: Result = await self._at_this_meter(request, self._task(request, trail), link, trail)
        return result

    async def recover(self, request: DriverRequest, evidence: Evidence, link: Link) -> Verdict[Result]:
        """See `Driver`."""
        recovery = recovery_of(request.activity)
        if recovery is None:
            raise InputError(code="not-supported", what=request.activity.label)
        task = partial(recovery, self.model, request.serial, request.parameters, evidence)
        return await self._at_this_meter(request, task, link, Trail())

    async def run(self, task: Callable[[], Dialogue[T]], title: str, link: Link) -> T:
        """Runs any other task in an association of its own; `title` names it in the communication log.

        Raises:
            EplusError: of the link, the protocol, or the meter.
        """
        return await self._run(task, title, link, Trail())

    async def _run(self, task: Callable[[], Dialogue[T]], title: str, link: Link, trail: Trail) -> T:
        """Where the connection breaks, the task is begun again in a new one, once, unless it has changed anything."""

        async def attempt() -> T:
            return await self.sessions.run(lambda: trail.follow(task()), self.association, self.model, link, title)

        try:
            return await attempt()
        except RemoteProtocolError as error:
            if not trail.allows_reconnecting(error):
                raise
        self.sessions.watcher.log(RECONNECTING)
        return await attempt()

    async def _at_this_meter(
        self, request: DriverRequest, task: Callable[[], Dialogue[T]], link: Link, trail: Trail
    ) -> T:
        """Runs the task. If the association is refused, the public client tells whether this is another meter."""
        try:
            return await self._run(task, request.activity.label, link, trail)
        except AssociationRefused:
            if request.serial is not None:
                public = public_association(self.association)
                who = partial(identify, self.model, request.serial)
                await self.sessions.run(who, public, self.model, link, IDENTIFICATION_TITLE)
            raise

    def _task(self, request: DriverRequest, trail: Trail) -> Callable[[], Dialogue[Any]]:
        task = partial(procedure_of(request.activity), self.model, request.serial, request.parameters)
        if request.activity.facts.brings_rows:
            task = partial(task, take=request.take and trail.noting(request.take))
        return (lambda: at_simulated_meter(task())) if request.lab else task
