"""Work orders in SMM: which can be claimed, claiming and releasing them, and what has become of the claimed ones."""

from collections.abc import Iterable
from functools import partial

from agent.domain.clock import Clock
from agent.domain.errors import OrderRefused
from agent.domain.exchange import Claim, OrderState, WorkOrder
from agent.store import Store, attempts, jobs, orders, prepay_profiles
from agent.sync.client import SmmClient

JOBS_A_REQUEST = 50
MOST_LISTED = 200
"""At most so many are listed; to see another one, the user searches."""


class SmmOrders:
    """Each call raises CentralError if SMM cannot be reached or refuses; what was done until then stays done."""

    def __init__(self, store: Store, client: SmmClient, clock: Clock) -> None:
        self._store = store
        self._client = client
        self._clock = clock

    async def available(self, search: str, token: str) -> list[WorkOrder]:
        """Orders that this user may claim, oldest first."""
        found: list[WorkOrder] = []
        cursor: str | None = None
        while len(found) < MOST_LISTED:
            page = await self._client.work_orders(search, cursor, token)
            found += page.orders
            if not page.more or page.cursor == cursor:
                break
            cursor = page.cursor
        return found[:MOST_LISTED]

    async def claim(self, numbers: Iterable[int], token: str) -> list[Claim]:
        """Keeps each claim as soon as SMM has granted it, so that the tablet holds none that it does not know of.

        Raises:
            OrderRefused: another tablet has one of them, or it is cancelled.
        """
        claims = []
        for number in numbers:
            claim = await self._client.claim(number, token)
            await self._store.write(partial(orders.keep, claims=[claim]))
            claims.append(claim)
        return claims

    async def release(self, numbers: Iterable[int], token: str) -> None:
        """Gives back orders that were not begun."""
        for number in numbers:
            await self._client.release(number, token)
            await self._store.write(partial(orders.forget, order=number))

    async def refresh(self, token: str) -> None:
        """Fetches decisions of people, the claims that SMM has on record for this tablet, and prepayment profiles."""
        await self._take_decisions(token)
        claimed = await self._client.claimed(token)
        profiles = await self._client.prepay_profiles(token)
        await self._store.write(partial(orders.replace, claims=claimed.claims))
        await self._store.write(partial(prepay_profiles.replace, profiles=profiles.profiles))
        await self._release_gone(token)

    async def _release_gone(self, token: str) -> None:
        """A cancellation in SMM takes effect when this tablet releases the order; SMM's answer says why it is gone."""
        with self._store.read() as db:
            numbers = orders.to_release(db)
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
        for start in range(0, len(waiting), JOBS_A_REQUEST):
            asked = waiting[start : start + JOBS_A_REQUEST]
            answer = await self._client.decisions(asked, token)
            for decision in answer.decisions:
                if decision.job in asked:
                    decide = partial(jobs.decide, job_id=decision.job, at=self._clock.now(), applied=decision.applied)
                    await self._store.write(decide)
