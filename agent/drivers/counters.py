"""Runs a task over a link with invocation counters that are reserved first, and never behind the meter's."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from agent.dlms import AssociationSettings, ClientSession
from agent.dlms.iec21 import SignOnSettings
from agent.domain.clock import Clock
from agent.domain.errors import AssociationRefused
from agent.drivers.association import public_association
from agent.drivers.session import NO_JOURNAL, Journal, Timeouts, Watcher, drive
from agent.drivers.sign_on import sign_on
from agent.link import Link
from agent.meters import MeterModel
from agent.procedures.counter import last_counter
from agent.procedures.dialogue import Dialogue
from agent.store.counters import Counter, Counters

T = TypeVar("T")
_OLD_COUNTER = "invocation-counter-error"
COUNTER_TITLE = "Invocation counter"


@dataclass(frozen=True)
class SessionRunner:
    """`run` is `drive` for any association, with keys or without; `mode_e` where a sign-on comes before HDLC."""

    counters: Counters
    clock: Clock
    watcher: Watcher
    patience: Timeouts = field(default_factory=Timeouts)
    mode_e: bool = False
    journal: Journal = NO_JOURNAL

    async def run(
        self,
        task: Callable[[], Dialogue[T]],
        settings: AssociationSettings,
        model: MeterModel,
        link: Link,
        title: str,
    ) -> T:
        """Opens, does the task, closes. Where the meter says that our counter is old, asks for it and tries once more.

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
            await sign_on(SignOnSettings(), link, self.clock, self.patience.sign_on)
        return await drive(task(), session, link, title, self.clock, self.watcher, self.patience, self.journal)

    async def _catch_up(self, counter: Counter, settings: AssociationSettings, model: MeterModel, link: Link) -> None:
        public = ClientSession(public_association(settings))
        try:
            last = await self._drive(lambda: last_counter(model), public, link, COUNTER_TITLE)
        except AssociationRefused:
            return  # a meter without a public client tells nothing: ours may be right all the same
        if last is not None:
            await asyncio.to_thread(counter.raise_to, last + 1)
