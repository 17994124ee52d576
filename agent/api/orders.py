"""What the page can ask for about work orders and meters: another part of the service, on the agent's loop."""

import asyncio
from functools import partial

from agent.api.hub import Hub
from agent.api.messages import (
    CloseOrder,
    Empty,
    MeterCard,
    MeterSerial,
    OrderIds,
    OrderInfo,
    OrderList,
    ProfileNames,
    SearchOrders,
)
from agent.api.order_views import held_order, meter_card, waiting_order
from agent.domain.clock import Clock
from agent.domain.errors import InputError, LoginRefused
from agent.domain.serial import parse_serial
from agent.jobs.engine import JobEngine
from agent.jobs.settling.not_done import settle_not_done
from agent.store import Store, attempts, directory, load_profiles, orders, prepay_profiles
from agent.sync.orders import SmmOrders
from agent.sync.sync import Sync


class OrderService:
    """Its `show` tells every page which orders this tablet holds."""

    def __init__(self, store: Store, hub: Hub, clock: Clock, sync: Sync, jobs: JobEngine) -> None:
        self._store = store
        self._hub = hub
        self._clock = clock
        self._sync = sync
        self._jobs = jobs
        self._smm_orders: SmmOrders = sync.orders

    def show(self) -> None:
        self._hub.orders(self._held())

    async def orders_available(self, wish: SearchOrders) -> OrderList:
        found = await self._smm_orders.available(wish.search.strip(), self._sync.session.token())
        return OrderList(orders=[waiting_order(order) for order in found])

    async def orders_claim(self, wish: OrderIds) -> OrderList:
        try:
            claims = await self._smm_orders.claim(wish.orders, self._sync.session.token())
        finally:
            self.show()
        claimed = {claim.order.id for claim in claims}
        return OrderList(orders=[order for order in self._held() if order.id in claimed])

    async def orders_release(self, wish: OrderIds) -> Empty:
        """An order that SMM has taken away already is only put out of sight."""
        with self._store.read() as db:
            gone = {number for number in wish.orders if orders.get(db, number).gone is not None}
        for number in gone:
            await self._store.write(partial(orders.forget, order=number))
        kept = [number for number in wish.orders if number not in gone]
        try:
            if kept:
                await self._smm_orders.release(kept, self._sync.session.token())
        finally:
            self.show()
        return Empty()

    async def orders_close(self, wish: CloseOrder) -> Empty:
        """The order goes to SMM as not done, with the reason."""
        user = self._username()
        await settle_not_done(self._store, self._clock, self._jobs.new_id, wish.order, user, wish.reason, wish.note)
        self._sync.refresh()
        self.show()
        return Empty()

    async def meter_card(self, wish: MeterSerial) -> MeterCard:
        self._username()
        return await asyncio.to_thread(self._card, parse_serial(wish.serial))

    async def prepay_profiles(self, _: Empty) -> ProfileNames:
        with self._store.read() as db:
            return ProfileNames(profiles=prepay_profiles.names(db))

    def _card(self, serial: str) -> MeterCard:
        with self._store.read() as db:
            meter = directory.find(db, serial)
            if meter is None:
                raise InputError(code="meter-unknown", serial=serial)
            return meter_card(meter, attempts.open_at(db, serial), load_profiles.last_fetched(db, serial))

    def _held(self) -> list[OrderInfo]:
        with self._store.read() as db:
            return [held_order(held) for held in orders.held(db)]

    def _username(self) -> str:
        if self._sync.session.user is None:
            raise LoginRefused(code="not-logged-in")
        return self._sync.session.user.user.username
