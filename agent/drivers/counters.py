"""Sessions whose invocation counters are reserved on disk before use, and are never behind the meter's own."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from agent.dlms import AssociationSettings, ClientSession
from agent.dlms.iec21 import SignOnSettings
from agent.domain.clock import Clock
from agent.domain.errors import AssociationRefused
from agent.drivers.association import public_association
from agent.drivers.memory import NO_MEMORY, MeterMemory
from agent.drivers.session import NO_JOURNAL, Journal, Timeouts, Watcher, drive
from agent.drivers.sign_on import sign_on
from agent.link import Link
from agent.meters import MeterModel
from agent.procedures.dialogue import Dialogue
from agent.procedures.invocation_counter import last_counter

T = TypeVar("T")
_OLD_COUNTER = "invocation-counter-error"
COUNTER_TITLE = "Invocation counter"
"""Names the request for the meter's counter in the communication log."""


class Counter(Protocol):
    """The invocation counter of one key (IEC 62056-5-3:2017). All but `next` may wait for the disk."""

    @property
    def is_known(self) -> bool:
        """Whether this program has used the key before."""

    def reserve(self) -> None:
        """Reserves a block of numbers, so that `next` need not wait. Raises StoreError."""

    def raise_to(self, least: int) -> None:
        """Makes `next` return no number below `least`. Raises StoreError."""

    def next(self) -> int:
        """A number that was never returned before. Raises StoreError; InputError `counter-exhausted`."""


class Counters(Protocol):
    """Storage of invocation counters."""

    def counter(self, system_title: bytes, key: bytes) -> Counter:
        """The counter of this key when used under a client's system title (8 octets)."""


@dataclass(frozen=True)
class CountedSessions:
    """Runs tasks, each in a session of its own; with `mode_e`, after a sign-on (IEC 62056-21:2002, mode E)."""

    counters: Counters
    clock: Clock
    watcher: Watcher
    timeouts: Timeouts = field(default_factory=Timeouts)
    mode_e: bool = False
    journal: Journal = NO_JOURNAL
    memory: MeterMemory = NO_MEMORY

    async def run(
        self,
        task: Callable[[], Dialogue[T]],
        settings: AssociationSettings,
        model: MeterModel,
        link: Link,
        title: str,
    ) -> T:
        """Opens a session, runs the task, closes the session. `title` names the task in the communication log.

        If the meter says that the invocation counter is too low, reads the meter's own and tries once more.

        Raises:
            EplusError: of the session, the link, or the task.
        """
        if settings.security is None:
            return await self._drive(task, ClientSession(settings, random=os.urandom), link, title)
        counter = self.counters.counter(settings.security.system_title, settings.security.encryption_key)
        if not await asyncio.to_thread(lambda: counter.is_known):
            await self._catch_up(counter, settings, model, link)
        try:
            return await self._run_counted(task, counter, settings, link, title)
        except AssociationRefused as refused:
            if _OLD_COUNTER not in str(refused.params.get("diagnostic")):
                raise
        await self._catch_up(counter, settings, model, link)
        return await self._run_counted(task, counter, settings, link, title)

    async def _run_counted(
        self, task: Callable[[], Dialogue[T]], counter: Counter, settings: AssociationSettings, link: Link, title: str
    ) -> T:
        await asyncio.to_thread(counter.reserve)
        return await self._drive(task, ClientSession(settings, counter, os.urandom), link, title)

    async def _drive(self, task: Callable[[], Dialogue[T]], session: ClientSession, link: Link, title: str) -> T:
        if self.mode_e:
            await sign_on(SignOnSettings(), link, self.clock, self.timeouts.sign_on)
        parts = self.clock, self.watcher, self.timeouts, self.journal, self.memory
        return await drive(task(), session, link, title, *parts)

    async def _catch_up(self, counter: Counter, settings: AssociationSettings, model: MeterModel, link: Link) -> None:
        """Raises the counter above the meter's own; leaves it as it is if the meter does not give its own."""
        public = ClientSession(public_association(settings))
        try:
            last = await self._drive(lambda: last_counter(model), public, link, COUNTER_TITLE)
        except AssociationRefused:
            return
        if last is not None:
            await asyncio.to_thread(counter.raise_to, last + 1)
