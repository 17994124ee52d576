"""What a driver is. A utility's own protocol is one more file in this folder."""

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
    """An activity to carry out; with a serial number, only at that meter.

    `take` gets the rows of a load profile. With `lab`, every meter that is not simulated is refused.
    """

    activity: Activity
    serial: str | None
    parameters: Parameters = NOTHING
    take: TakePart | None = None
    lab: bool = False


class Driver(Protocol):
    """One protocol with meters of one model."""

    async def perform(self, request: DriverRequest, link: Link) -> Result:
        """Carries out the activity at the meter behind the link.

        Raises:
            InputError: `not-supported`; nothing was sent to the meter.
            EplusError: of the link, the protocol, or the meter.
        """

    async def recover(self, request: DriverRequest, evidence: Evidence, link: Link, /) -> Verdict[Result]:
        """Finds out what became of a change that was sent. Changes nothing itself.

        Raises:
            InputError: `not-supported`.
            EplusError: of the link, the protocol, or the meter; the outcome stays unknown.
        """
