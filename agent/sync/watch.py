"""Checks in the background whether SMM can be reached, and sends what waits as soon as it can."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from agent.domain.clock import Clock
from agent.domain.errors import EplusError, SmmBusy
from agent.sync.sync import Sync

_MOST_DOUBLINGS = 20


@dataclass(frozen=True)
class Rhythm:
    """Seconds. SMM is checked every `check`.

    With nothing that waits, a run comes after `refused`, if SMM may take by now what it has refused, else after `idle`:
    SMM may have lost something, and meters change. The wait after a failed run doubles from `first_retry` up to
    `longest`, and is lengthened by a random part, so that thousands of tablets do not come back in the same second.
    """

    check: float = 15.0
    first_retry: float = 5.0
    longest: float = 600.0
    refused: float = 600.0
    idle: float = 3600.0


class Watch:
    """The background loop of one `Sync`."""

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
        self._failures = 0
        self._last_run = clock.monotonic()
        self._not_before = self._quiet_until = clock.monotonic()

    def hold(self, seconds: float) -> None:
        """Starts no run for so many seconds; SYNC on the page starts one all the same."""
        self._not_before = max(self._not_before, self._clock.monotonic() + seconds)

    async def run(self) -> None:
        """Checks for ever; ends by being cancelled."""
        while True:
            await self.check_once()
            await self._sleep(self._rhythm.check)

    async def check_once(self) -> None:
        """One check, and if SMM can be reached, a run if one is due, else a look at the orders of this tablet.

        Nothing at all while SMM has asked to be left alone.
        """
        await self._sync.time.keep()
        if self._clock.monotonic() < self._quiet_until:
            self._sync.refresh()
            return
        try:
            online = await self._sync.check_online()
            self._sync.refresh()
            if online:
                await self._exchange()
        except SmmBusy as busy:
            self._quiet_until = self._clock.monotonic() + int(busy.params["seconds"])
        except EplusError:
            # The state shows the error; here it only means a longer wait.
            self._back_off()

    async def _exchange(self) -> None:
        if self._clock.monotonic() >= self._not_before and self._has_work():
            await self._sync.run()
            self._last_run = self._clock.monotonic()
            if self._sync.state.waiting:
                self._back_off()  # what is left cannot be sent, or has just come
            else:
                self._failures = 0
        else:
            await self._sync.refresh_orders()

    def _has_work(self) -> bool:
        session, state = self._sync.session, self._sync.state
        pause = self._rhythm.refused if state.refused else self._rhythm.idle
        is_time = state.waiting > 0 or self._clock.monotonic() >= self._last_run + pause
        return session.can_renew or (session.is_open and is_time)

    def _back_off(self) -> None:
        wait = min(self._rhythm.first_retry * 2 ** min(self._failures, _MOST_DOUBLINGS), self._rhythm.longest)
        self._not_before = self._clock.monotonic() + wait * (1 + self._chance() / 2)
        self._failures += 1
