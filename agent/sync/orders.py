"""Work orders between this tablet and SMM: what there is to do, claims, and what becomes of them."""

from collections.abc import Iterable
from functools import partial

from agent.domain.exchange import Claim, WorkOrder
from agent.store import Store, orders, prepay_profiles
from agent.sync.client import SmmClient

LISTED = 200
"""So many are shown; who looks for another one searches."""


class OrderDesk:
    """Each call raises CentralError, if SMM cannot be reached or refuses; what was done before stays done."""

    def __init__(self, store: Store, client: SmmClient) -> None:
        self._store = store
        self._client = client

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
        """What SMM holds to be this tablet's, and the prepayment profiles to choose from."""
        claimed = await self._client.claimed(token)
        profiles = await self._client.prepay_profiles(token)
        await self._store.write(partial(orders.replace, claims=claimed.claims))
        await self._store.write(partial(prepay_profiles.replace, profiles=profiles.profiles))
