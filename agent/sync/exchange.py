"""One exchange with SMM: push the outbox, pull the meter directory, learn what has become of the orders, and send what
was imported from other tablets."""

from datetime import datetime, timedelta
from functools import partial

from sqlite_utils import Database

from agent.domain.clock import Clock
from agent.domain.errors import SmmFault
from agent.store import Store, directory, outbox, settings
from agent.store.moments import to_text
from agent.store.settings import Setting
from agent.sync.client import SmmClient
from agent.sync.orders import SmmOrders
from agent.sync.parcels import ParcelPost
from agent.sync.push import Push
from agent.sync.state import StatePublisher
from agent.sync.tablet_time import TabletTime

OFFERED_AGAIN = timedelta(days=60)
"""Longer than the age of any backup that SMM would be restored from."""


class Exchange:
    """Everything that one run sends and fetches."""

    def __init__(
        self,
        store: Store,
        client: SmmClient,
        clock: Clock,
        time: TabletTime,
        orders: SmmOrders,
        publisher: StatePublisher,
    ) -> None:
        self._store = store
        self._client = client
        self._clock = clock
        self._time = time
        self._orders = orders
        self._publisher = publisher

    async def run(self, scope: str, token: str) -> None:
        """Sends all that waits, then fetches what is new; `scope` is the user's tag.

        Raises:
            CentralError, StoreError: what was received until then stays recorded, the rest waits.
        """
        fault = await self._push(token)
        epoch = await self._pull_meters(scope, token)
        if await self._store.write(lambda db: _take_epoch(db, epoch, self._clock.now())):
            fault = await self._push(token)
        await self._orders.refresh(token)
        await ParcelPost(self._store, self._client, self._clock).run(token)
        if fault is not None:
            raise fault
        finished = to_text(self._clock.now())
        await self._store.write(lambda db: settings.put(db, Setting.LAST_SYNC, finished))

    async def _push(self, token: str) -> SmmFault | None:
        """Returns what was wrong with the answers for some of the envelopes."""
        push = Push(self._store, self._client, token, self._clock, self._on_receipts)
        await push.run()
        return push.fault

    def _on_receipts(self, count: int, drift_s: int) -> None:
        self._time.measured(drift_s)
        self._publisher.receipts_recorded(count)

    async def _pull_meters(self, scope: str, token: str) -> int:
        """Returns SMM's epoch."""
        with self._store.read() as db:
            after = directory.cursor(db, scope)
        more = True
        while more:
            page = await self._client.meters(after, token)
            await self._store.write(partial(directory.apply, page=page, scope=scope))
            if page.more and page.cursor == after:
                raise SmmFault("the meter directory does not move on", status=200)
            after, more = page.cursor, page.more
        self._publisher.refresh_meters()
        return page.epoch


def _take_epoch(db: Database, epoch: int, now: datetime) -> bool:
    """Keeps SMM's epoch. If SMM was restored from a backup, what was sent lately waits once more: returns whether."""
    known = settings.get_number(db, Setting.SMM_EPOCH)
    if known == epoch:
        return False
    settings.put(db, Setting.SMM_EPOCH, str(epoch))
    return known is not None and outbox.offer_again(db, now - OFFERED_AGAIN) > 0
