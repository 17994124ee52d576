"""Work orders between this tablet and SMM: what there is to do, claims, and what becomes of them."""

from collections.abc import Iterable
from functools import partial

from agent.domain.clock import Clock
from agent.domain.errors import OrderRefused
from agent.domain.exchange import Claim, OrderState, WorkOrder
from agent.store import Store, attempts, jobs, orders, prepay_profiles
from agent.sync.client import SmmClient

ASKED_AT_ONCE = 50
LISTED = 200
"""So many are shown; who looks for another one searches."""


class OrderSync:
    """Each call raises CentralError, if SMM cannot be reached or refuses; what was done before stays done."""

    def __init__(self, store: Store, client: SmmClient, clock: Clock) -> None:
        self._store = store
        self._client = client
        self._clock = clock

    async def available(self, search: str, token: str) -> list[WorkOrder]:
        """Orders that this user may claim, oldest first."""
        found: list[WorkOrder] = []
        cursor: str | None = None
        while len(found) < LISTED:
            page = await self._client.work_orders(search, cursor, token)
            found += page.orders
            if not page.more or page.cursor == cursor:
                break
            cursor = page.cursor
        return found[:LISTED]

    async def claim(self, numbers: Iterable[int], token: str) -> list[Claim]:
        """Each is kept as soon as it is claimed, so that none is held that this tablet does not know.

        Raises:
            OrderRefused: one of them is another tablet's, or cancelled.
        """
        claims = []
        for number in numbers:
            claim = await self._client.claim(number, token)
            await self._store.write(partial(orders.keep, claims=[claim]))
            claims.append(claim)
        return claims

    async def release(self, numbers: Iterable[int], token: str) -> None:
        """Gives orders back that were not begun."""
        for number in numbers:
            await self._client.release(number, token)
            await self._store.write(partial(orders.forget, order=number))

    async def refresh(self, token: str) -> None:
        """What a person decided, what SMM holds to be this tablet's, and the prepayment profiles to choose from."""
        await self._take_decisions(token)
        claimed = await self._client.claimed(token)
        profiles = await self._client.prepay_profiles(token)
        await self._store.write(partial(orders.replace, claims=claimed.claims))
        await self._store.write(partial(prepay_profiles.replace, profiles=profiles.profiles))
        await self._give_back(token)

    async def _give_back(self, token: str) -> None:
        """What was cancelled in SMM meanwhile is so as soon as this tablet says that it will not do it."""
        with self._store.read() as db:
            numbers = orders.to_give_back(db)
        for number in numbers:
            try:
                order = await self._client.release(number, token)
            except OrderRefused as refusal:
                code = refusal.code
            else:
                code = "order-cancelled" if order.state is OrderState.CANCELLED else "order-taken"
            await self._store.write(partial(orders.mark_gone, order=number, code=code))

    async def _take_decisions(self, token: str) -> None:
        with self._store.read() as db:
            waiting = attempts.undecided(db)
        for start in range(0, len(waiting), ASKED_AT_ONCE):
            asked = waiting[start : start + ASKED_AT_ONCE]
            answer = await self._client.decisions(asked, token)
            for decision in answer.decisions:
                if decision.job in asked:
                    decide = partial(jobs.decide, job_id=decision.job, at=self._clock.now(), applied=decision.applied)
                    await self._store.write(decide)
