"""A simulated meter behind a line in memory, and the log of what a driver reports; nothing is waited for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from agent.dlms import ServerSettings
from agent.domain.sample import METERS
from agent.drivers.session import Watcher
from agent.meters import MeterModel, load_model
from agent.procedures.dialogue import Step
from agent.simulator.meter import SimulatedMeter
from agent.simulator.session import SignOn, new_session
from tests.dlms.virtual_line import LAST_ROW
from tests.jobs.memory_line import Fault, MemoryClock, MemoryLink

SAMPLE = METERS[0]
SETTINGS = ServerSettings(max_info=128)
SENDING = "Sending Message "


@dataclass
class Log:
    """Gets everything that a watcher gets."""

    lines: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    expert: list[str] = field(default_factory=list)

    @property
    def watcher(self) -> Watcher:
        return Watcher(self.steps.append, self.lines.append, self.expert.append)

    @property
    def titles(self) -> list[str]:
        """Of the tasks that were begun in an open session, in order."""
        return [line.removeprefix(SENDING) for line in self.lines if line.startswith(SENDING)]


class SignOnLink:
    """A line to a meter that waits for a sign-on."""

    name = "memory"

    def __init__(self, meter: SimulatedMeter, clock: MemoryClock, sign_on: SignOn) -> None:
        self._session = new_session(SETTINGS, meter, sign_on)
        self._clock = clock
        self._came = b""
        self.written: list[bytes] = []
        self.bauds: list[int] = []

    @property
    def sign_ons(self) -> int:
        """How often a request for a sign-on was sent; it has 7 bits and a parity bit (IEC 62056-21:2002)."""
        return sum(bytes(octet & 0x7F for octet in data).startswith(b"/?") for data in self.written)

    async def open(self) -> None:
        return

    async def write(self, data: bytes) -> None:
        self.written.append(data)
        self._session.receive(data, self._clock.monotonic())
        self._came += self._session.data_to_send()

    async def read(self, timeout: float) -> bytes:
        came, self._came = self._came, b""
        if not came:
            self._clock.passed += timeout
        return came

    async def set_baud(self, baud: int) -> None:
        self.bauds.append(baud)

    async def close(self) -> None:
        return


def new_clock() -> MemoryClock:
    return MemoryClock(LAST_ROW)


def link_to(meter: SimulatedMeter, clock: MemoryClock, fault: Fault | None = None, cut_after: int = -1) -> MemoryLink:
    return MemoryLink(meter, clock, cut_after, SETTINGS, fault)


def sample(kind: Callable[..., SimulatedMeter] = SimulatedMeter, **more: Any) -> SimulatedMeter:
    """The first meter of the sample; `more` overrides what it is made of."""
    parts = {"serial": SAMPLE.serial, "lls_password": SAMPLE.lls_password, **more}
    return kind(first_energies=SAMPLE.energies, now=lambda: LAST_ROW, **parts)


def cerm1() -> MeterModel:
    model = load_model("cerm1")
    assert isinstance(model, MeterModel)
    return model
