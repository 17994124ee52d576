"""The driver for meters that offer a plain readout and nothing else (IEC 62056-21:2002, modes A to C)."""

from dataclasses import dataclass

from agent.dlms.iec21 import DataBlock, ReadOut, SignOnGoal, SignOnSettings
from agent.domain.activity import Activity
from agent.domain.clock import Clock
from agent.domain.errors import InputError, LocalProtocolError
from agent.domain.results import Result
from agent.drivers.driver import DriverRequest
from agent.drivers.session import OPENED, OPENING, Timeouts, Watcher
from agent.drivers.sign_on import sign_on
from agent.link import Link
from agent.meters import ReadoutModel
from agent.procedures.dialogue import Evidence, Step, Verdict
from agent.procedures.readout import reading_of


@dataclass(frozen=True)
class ReadoutDriver:
    """A `Driver` that can carry out a reading and nothing else."""

    model: ReadoutModel
    clock: Clock
    watcher: Watcher
    timeouts: Timeouts

    async def perform(self, request: DriverRequest, link: Link) -> Result:
        """See `Driver`."""
        if request.activity is not Activity.READING:
            raise InputError(code="not-supported", what=request.activity.label)
        self.watcher.log(OPENING)
        step = Step("readout", 1, 1)
        self.watcher.log(str(step))
        self.watcher.step(step)
        answer = await sign_on(SignOnSettings(SignOnGoal.READOUT), link, self.clock, self.timeouts.readout)
        if not isinstance(answer, ReadOut):
            raise LocalProtocolError("the sign-on ended without a readout")
        self.watcher.log(OPENED)
        return reading_of(self.model, request.serial, DataBlock(answer.data_sets, answer.set_aside))

    async def recover(self, request: DriverRequest, _evidence: Evidence, _link: Link) -> Verdict[Result]:
        """See `Driver`; nothing is ever changed, so there is nothing to recover."""
        raise InputError(code="not-supported", what=request.activity.label)
