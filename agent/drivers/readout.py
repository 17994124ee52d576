"""The driver for meters that offer a plain readout and nothing else (IEC 62056-21:2002, modes A to D)."""

from dataclasses import dataclass, replace

from agent.dlms.iec21 import MODE_D_BAUD, DataBlock, ReadOut, SignOnGoal, SignOnSettings
from agent.domain.activity import Activity
from agent.domain.clock import Clock
from agent.domain.errors import InputError, LocalProtocolError, RemoteProtocolError
from agent.domain.parameters import ReadInfo, ReadRange
from agent.domain.results import LoadProfile, Result
from agent.drivers.driver import DriverRequest
from agent.drivers.session import OPENED, OPENING, Timeouts, Watcher
from agent.drivers.sign_on import listen, sign_on
from agent.link import Link
from agent.meters import ReadoutModel
from agent.procedures.dialogue import Evidence, Step, Verdict
from agent.procedures.readout import reading_of
from agent.procedures.readout_profile import profile_info_of, profile_of

_NOTHING_WHOLE = ("no-answer", "garbage-answer")
LISTENING = "Waiting for what the meter sends by itself…"


@dataclass(frozen=True)
class ReadoutDriver:
    """A `Driver` that can carry out a reading, fetch a load profile, and nothing else."""

    model: ReadoutModel
    clock: Clock
    watcher: Watcher
    timeouts: Timeouts

    async def perform(self, request: DriverRequest, link: Link) -> Result:
        """See `Driver`."""
        if request.activity not in (Activity.READING, Activity.LOAD_PROFILE):
            raise InputError(code="not-supported", what=request.activity.label)
        self.watcher.log(OPENING)
        step = Step("readout", 1, 1)
        self.watcher.log(str(step))
        self.watcher.step(step)
        answer = await self._read_out(link)
        self.watcher.log(OPENED)
        block = DataBlock(answer.data_sets, answer.set_aside)
        match request.parameters:
            case ReadRange() as wanted if request.activity is Activity.LOAD_PROFILE:
                return await _handed_over(profile_of(self.model, request.serial, block, wanted), request)
            case ReadInfo(since=since):
                return profile_info_of(self.model, request.serial, block, since)
            case _:
                return reading_of(self.model, request.serial, block, self.clock.now())

    async def recover(self, request: DriverRequest, _evidence: Evidence, _link: Link) -> Verdict[Result]:
        """See `Driver`; nothing is ever changed, so there is nothing to recover."""
        raise InputError(code="not-supported", what=request.activity.label)

    async def _read_out(self, link: Link) -> ReadOut:
        """Asks, and listens where that brings nothing: some meters only send by themselves."""
        if self.model.mode == "D":
            return await self._listen(link, self.model.baud, self.timeouts.readout)
        try:
            answer = await sign_on(SignOnSettings(SignOnGoal.READOUT), link, self.clock, self.timeouts.readout)
        except RemoteProtocolError as error:
            if error.code not in _NOTHING_WHOLE:
                raise
            try:
                return await self._listen(link, MODE_D_BAUD, self.timeouts.listening)
            except RemoteProtocolError:
                raise error from None
        if not isinstance(answer, ReadOut):
            raise LocalProtocolError("the sign-on ended without a readout")
        return answer

    async def _listen(self, link: Link, baud: int, timeout: float) -> ReadOut:
        self.watcher.log(LISTENING)
        return await listen(baud, link, self.clock, timeout)


async def _handed_over(profile: LoadProfile, request: DriverRequest) -> LoadProfile:
    """The rows go to the request's receiver; the result has none."""
    if request.take is None:
        raise LocalProtocolError("a load profile without a receiver of its rows")
    empty = replace(profile, rows=())
    for part in (empty, profile):
        taken = request.take(part)
        if taken is not None:
            await taken
    return empty
