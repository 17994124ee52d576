"""What a driver is: one protocol with one meter model. A utility's own protocol is one more file beside this one."""

from dataclasses import dataclass
from typing import Protocol

from agent.domain.activity import Activity
from agent.domain.parameters import NOTHING, Parameters
from agent.domain.results import Result
from agent.link import Link
from agent.procedures.dialogue import Evidence, Verdict
from agent.procedures.load_profile import TakePart


@dataclass(frozen=True)
class DriverRequest:
    """What to do, at the meter of that serial number only, if there is one.

    `take` gets the rows of a load profile. With `lab`, every meter that is not simulated is refused.
    """

    activity: Activity
    serial: str | None
    parameters: Parameters = NOTHING
    take: TakePart | None = None
    lab: bool = False


class Driver(Protocol):
    """One protocol with one meter model."""

    async def perform(self, request: DriverRequest, link: Link) -> Result:
        """Carries an activity out at the meter behind the link.

        Raises:
            InputError: `not-supported`; nothing was sent to the meter.
            EplusError: of the link, the protocol, or the meter.
        """

    async def recover(self, request: DriverRequest, evidence: Evidence, link: Link, /) -> Verdict[Result]:
        """Finds out what became of a change that was sent, without changing anything.

        Raises:
            InputError: `not-supported`.
            EplusError: of the link, the protocol, or the meter; the outcome is as unknown as before.
        """
