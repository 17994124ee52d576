"""A line to a meter on which a fault strikes at one place; nothing is slept."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.dlms import ServerSettings
from agent.domain.errors import LinkLost
from agent.simulator.session import MeterSession
from tests.campaign.faults import BITS, Fault, Size
from tests.dlms.lossy import frames_in

SECONDS_A_FRAME = 0.15
SETTINGS = ServerSettings(max_info=128)


@dataclass
class World:
    """Time as it is; clocks are stepped against it."""

    began: datetime
    passed: float = 0.0

    def true_time(self) -> datetime:
        return self.began + timedelta(seconds=self.passed)


@dataclass
class TabletClock:
    world: World
    ahead: timedelta = timedelta(0)

    run = "run of the tests"

    def monotonic(self) -> float:
        return self.world.passed

    def uptime(self) -> int:
        return int(self.world.passed)

    def now(self) -> datetime:
        return self.world.true_time() + self.ahead

    async def sleep(self, seconds: float) -> None:
        self.world.passed += seconds


class FaultyLine:
    """`session` gives the meter's end, anew after its restart; `restart` restarts it."""

    name = "campaign"

    def __init__(
        self, world: World, session: Callable[[], MeterSession], restart: Callable[[], None], fault: Fault | None
    ) -> None:
        self._world = world
        self._new_session, self._restart = session, restart
        self._session = session()
        self._fault = fault
        self._coming: deque[bytes] = deque()
        self.is_lost = False
        self.octets_out = self.octets_in = self.frames_out = self.frames_in = 0
        self.hung = asyncio.Event()

    def size(self, writes: int) -> Size:
        return Size(self.octets_out, self.octets_in, self.frames_out, self.frames_in, writes)

    async def open(self) -> None:
        """Also a line that was lost: what the meter had to say is gone."""
        if self.is_lost:
            self.is_lost, self._session = False, self._new_session()
            self._coming.clear()

    async def write(self, data: bytes) -> None:
        for frame in frames_in(data):
            self._require()
            await self._send(frame)
        self._coming += frames_in(self._session.data_to_send())

    async def read(self, timeout: float) -> bytes:
        await asyncio.sleep(0)
        self._require()
        if not self._coming:
            self._world.passed += timeout
            return b""
        self._world.passed += SECONDS_A_FRAME
        return await self._receive(self._coming.popleft())

    async def set_baud(self, _baud: int) -> None:
        return

    async def close(self) -> None:
        return

    async def _send(self, frame: bytes) -> None:
        number, self.frames_out = self.frames_out, self.frames_out + 1
        cut = self._cut("cut-out", self.octets_out, frame)
        self.octets_out += len(frame)
        if self._is("restart", number):
            self._restart()
            self._session = self._new_session()
        if self._is("lose-out", number):
            return
        frame = self._corrupted("corrupt-out", number, frame)
        if cut is not None:
            self._session.receive(frame[:cut], self._world.passed)
            self._lose()
        await self._stop("kill-out", 2 * number)
        self._session.receive(frame, self._world.passed)
        await self._stop("kill-out", 2 * number + 1)

    async def _receive(self, frame: bytes) -> bytes:
        number, self.frames_in = self.frames_in, self.frames_in + 1
        cut = self._cut("cut-in", self.octets_in, frame)
        self.octets_in += len(frame)
        await self._stop("kill-in", number)
        if self._is("lose-in", number):
            return b""
        frame = self._corrupted("corrupt-in", number, frame)
        if cut == 0:
            self._lose()
        if cut is not None:
            self.is_lost = True
            return frame[:cut]
        return frame

    def _is(self, kind: str, place: int) -> bool:
        return self._fault is not None and (self._fault.kind, self._fault.place) == (kind, place)

    def _cut(self, kind: str, before: int, frame: bytes) -> int | None:
        """How much of the frame gets through, if the line is cut in it."""
        if self._fault is None or self._fault.kind != kind:
            return None
        return self._fault.place - before if before <= self._fault.place < before + len(frame) else None

    def _corrupted(self, kind: str, number: int, frame: bytes) -> bytes:
        """One bit is another one, never in the flags."""
        if self._fault is None or self._fault.kind != kind or self._fault.place // BITS != number:
            return frame
        place = 1 + self._fault.place % BITS * (len(frame) - 3) // (BITS - 1)
        return frame[:place] + bytes((frame[place] ^ (1 << number % 8),)) + frame[place + 1 :]

    async def _stop(self, kind: str, place: int) -> None:
        if self._is(kind, place):
            self.is_lost = True
            self.hung.set()
            await asyncio.Event().wait()

    def _require(self) -> None:
        if self.is_lost:
            self._lose()

    def _lose(self) -> None:
        self.is_lost = True
        raise LinkLost
