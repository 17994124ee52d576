"""Synchronisation of this tablet with SMM: one run at a time, and what its errors mean."""

import asyncio
import contextlib
from collections.abc import Callable

from agent.domain.clock import Clock
from agent.domain.errors import CentralError, EplusError, SmmBusy
from agent.store import Store, attempts, orders
from agent.sync.client import SmmClient
from agent.sync.exchange import Exchange
from agent.sync.orders import SmmOrders
from agent.sync.session import SmmSession
from agent.sync.state import StatePublisher, SyncState
from agent.sync.tablet_time import TabletTime


class Sync:
    """Lives on the asyncio loop.

    `session` is who is logged in; `orders` are the work orders in SMM; `time` is what time it is by SMM. `on_change` is
    called with each new state.
    """

    def __init__(
        self,
        store: Store,
        client: SmmClient,
        clock: Clock,
        device_name: str,
        on_change: Callable[[SyncState], None] = lambda _state: None,
    ) -> None:
        self._store = store
        self._client = client
        self.time = TabletTime(store, clock)
        self._publisher = StatePublisher(store, self.time, on_change)
        self.session = SmmSession(store, client, clock, self.time, device_name, self._publisher)
        self.orders = SmmOrders(store, client, clock)
        self._exchange = Exchange(store, client, clock, self.time, self.orders, self._publisher)
        self._running: asyncio.Task[None] | None = None
        self._asked_again = False

    @property
    def state(self) -> SyncState:
        """The state now."""
        return self._publisher.state

    def refresh(self) -> None:
        """Counts again what waits: to be called after a job was settled."""
        self._publisher.refresh()

    async def check_online(self) -> bool:
        """Whether SMM can be reached and works. Raises: SmmBusy, where it asks to be left alone."""
        try:
            await self._client.look()
        except CentralError as error:
            self._publisher.looked(error)
            if isinstance(error, SmmBusy):
                raise
            return False
        self._publisher.looked(None)
        return True

    async def run(self) -> None:
        """Sends all that waits, then fetches what is new; first of all opens a session for who logged in without SMM.

        Called during a run, it waits for the end of that run, which then also sends what has come to wait meanwhile.

        Raises:
            LoginRefused: `not-logged-in`, or `session-ended`: the user has to log in (again) with SMM in reach.
            CentralError, StoreError: what was received until then stays recorded, the rest waits.
        """
        if self._running is None:
            self._running = asyncio.create_task(self._run())
            self._running.add_done_callback(self._on_end)
        else:
            self._asked_again = True
        await asyncio.shield(self._running)

    async def refresh_orders(self) -> None:
        """Asks SMM about the orders that this tablet holds, and about outcomes that a person has to decide.

        Raises:
            CentralError, StoreError: as `run`.
        """
        if not self.session.is_open or self._running is not None or not self._has_orders():
            return
        try:
            with self.session.used() as token:
                await self.orders.refresh(token)
        except EplusError as error:
            self._publisher.failed(error)
            raise
        self._publisher.repeat()

    async def close(self) -> None:
        """Stops a run; nothing is lost by that."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError, EplusError):
                await self._running

    async def _run(self) -> None:
        self._publisher.run_started()
        try:
            if self.session.can_renew:
                await self.session.renew()
            with self.session.used() as token:
                await self._exchange_until_nothing_waits(self.session.require_user().user.tag, token)
            self._publisher.looked(None)
        except EplusError as error:
            self._publisher.failed(error)
            raise
        finally:
            self._publisher.run_ended()

    async def _exchange_until_nothing_waits(self, scope: str, token: str) -> None:
        """Once, and again for who asked during it and still has something waiting."""
        while True:
            self._asked_again = False
            await self._exchange.run(scope, token)
            self._publisher.refresh()
            if not (self._asked_again and self.state.waiting):
                return

    def _on_end(self, task: asyncio.Task[None]) -> None:
        self._running = None
        if not task.cancelled():
            task.exception()  # Callers of `run` have received it; asyncio need not warn that nobody has.

    def _has_orders(self) -> bool:
        with self._store.read() as db:
            return bool(orders.held(db) or attempts.undecided(db))
