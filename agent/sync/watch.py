"""Looks after SMM in the background, and sends what waits as soon as it is there."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from agent.domain.clock import Clock
from agent.domain.errors import EplusError
from agent.sync.sync import Sync

_MOST_DOUBLINGS = 20


@dataclass(frozen=True)
class Rhythm:
    """Seconds. After a sync that failed the next try waits twice as long, up to `longest`, and a random part
    longer, so that thousands of tablets do not come back in the same second."""

    look: float = 15.0
    first_retry: float = 5.0
    longest: float = 600.0


class Watch:
    def __init__(
        self,
        sync: Sync,
        clock: Clock,
        rhythm: Rhythm = Rhythm(),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._sync = sync
        self._clock = clock
        self._rhythm = rhythm
        self._sleep = sleep
        self._chance = chance
        self._kicked = asyncio.Event()
        self._failures = 0
        self._not_before = clock.monotonic()

    def kick(self) -> None:
        """There is something to send, or a reason to hope: look now. Call it on the loop."""
        self._failures = 0
        self._not_before = self._clock.monotonic()
        self._kicked.set()

    def hold(self, seconds: float) -> None:
        """Nothing is sent by itself for so long; whoever presses SYNC does not wait."""
        self._not_before = max(self._not_before, self._clock.monotonic() + seconds)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.look_once()
            await self._pause()

    async def look_once(self) -> None:
        """One look, and one sync, if it is due; else a look at what has become of the orders that are here."""
        self._kicked.clear()
        try:
            online = await self._sync.look()
            self._sync.refresh()
            if online and self._is_due():
                await self._sync.run()
                self._failures = 0
            elif online:
                await self._sync.look_after_orders()
        except EplusError:
            # The sync's state shows it; here it only means: later.
            self._back_off()

    def _is_due(self) -> bool:
        has_work = self._sync.can_send and self._sync.state.waiting > 0
        return has_work and self._clock.monotonic() >= self._not_before

    def _back_off(self) -> None:
        wait = min(self._rhythm.first_retry * 2 ** min(self._failures, _MOST_DOUBLINGS), self._rhythm.longest)
        self._not_before = self._clock.monotonic() + wait * (1 + self._chance() / 2)
        self._failures += 1

    async def _pause(self) -> None:
        sleeping = asyncio.ensure_future(self._sleep(self._rhythm.look))
        kicked = asyncio.ensure_future(self._kicked.wait())
        try:
            await asyncio.wait({sleeping, kicked}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            kicked.cancel()
