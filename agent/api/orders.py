"""Work orders: those that wait in SMM, those that this tablet has claimed, and what the technician does with them."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from agent.api.cells import SheetCell, sheet_rows
from agent.api.message import Empty, ErrorInfo, PageMessage, UtcText, utc_text
from agent.api.rpc import method
from agent.api.sessions import PageSession
from agent.domain.activity import Activity
from agent.domain.clock import Clock
from agent.domain.exchange import WorkOrder
from agent.domain.result_tables import parameter_table
from agent.jobs.engine import JobEngine
from agent.jobs.settling.not_done import settle_not_done
from agent.store import Store, orders
from agent.store.orders import HeldOrder
from agent.sync.sync import Sync

ORDERS_SHOWN = 25
"""In the state of the page, and in each further part of the list that it asks for."""


class OrderInfo(PageMessage):
    """A work order. `parameters` as lines to show, e.g. `credit 123456 Wh`; `mine`: claimed by this tablet.

    `lease_until` is none until it is claimed; `gone` says why SMM does not hold the claim any longer.
    """

    id: int
    activity: Activity
    serial: str
    pod: str | None
    address: str | None
    customer: str | None
    summary: str
    parameters: list[list[SheetCell | None]] = Field(default_factory=list)
    created_by: str
    inserted_at: UtcText
    mine: bool = False
    lease_until: UtcText | None = None
    gone: ErrorInfo | None = None


class SearchOrders(PageMessage):
    """Part of a serial number, POD, address, customer or activity."""

    search: Annotated[str, Field(max_length=100)] = ""


class OrderIds(PageMessage):
    """Numbers of work orders."""

    orders: Annotated[list[int], Field(min_length=1, max_length=100)]


class HeldOrdersPart(PageMessage):
    """What comes after this order."""

    after: int = 0


class OrderList(PageMessage):
    """Work orders, oldest first. `more`: there are further ones."""

    orders: list[OrderInfo]
    more: bool = False


class CloseOrder(PageMessage):
    """An order that cannot be carried out, and why."""

    order: int
    reason: Literal["no-access", "broken-display", "meter-not-found", "other"]
    note: Annotated[str, Field(max_length=500)] = ""


def waiting_order(order: WorkOrder) -> OrderInfo:
    """One that can be claimed."""
    return _order(order, [])


def held_order(held: HeldOrder) -> OrderInfo:
    """One that this tablet has claimed, with its parameters."""
    claim = held.claim
    shown = _order(claim.order, sheet_rows(parameter_table(claim.parameters)))
    gone = None if held.gone is None else ErrorInfo(code=held.gone, params={"order": claim.order.id})
    return shown.model_copy(update={"mine": True, "lease_until": utc_text(claim.lease_until), "gone": gone})


def held_orders(store: Store, after: int = 0, limit: int | None = ORDERS_SHOWN) -> list[OrderInfo]:
    """What this tablet has claimed, oldest first, from after an order on."""
    with store.read() as db:
        further = [held for held in orders.held(db) if held.claim.order.id > after]
        return [held_order(held) for held in further[:limit]]


class OrderMethods:
    """`show` tells every page which orders this tablet holds."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        session: PageSession,
        sync: Sync,
        jobs: JobEngine,
        show: Callable[[list[OrderInfo]], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._session = session
        self._sync = sync
        self._jobs = jobs
        self._show = show

    @method("orders.available")
    async def available(self, request: SearchOrders) -> OrderList:
        """Those that this user may claim. Raises CentralError, LoginRefused."""
        with self._sync.session.used() as token:
            found = await self._sync.orders.available(request.search.strip(), token)
        return OrderList(orders=[waiting_order(order) for order in found])

    @method("orders.held")
    async def held(self, request: HeldOrdersPart) -> OrderList:
        """A part of what this tablet has claimed. Raises LoginRefused."""
        self._session.user()
        found = held_orders(self._store, request.after, ORDERS_SHOWN + 1)
        return OrderList(orders=found[:ORDERS_SHOWN], more=len(found) > ORDERS_SHOWN)

    @method("orders.claim")
    async def claim(self, request: OrderIds) -> OrderList:
        """Raises: CentralError, LoginRefused; OrderRefused, where another tablet has one of them."""
        try:
            with self._sync.session.used() as token:
                claims = await self._sync.orders.claim(request.orders, token)
        finally:
            self._show_held()
        claimed = {claim.order.id for claim in claims}
        return OrderList(orders=[order for order in held_orders(self._store, limit=None) if order.id in claimed])

    @method("orders.release")
    async def release(self, request: OrderIds) -> Empty:
        """Gives orders back. One that SMM has taken away already is only forgotten.

        Raises:
            CentralError, LoginRefused: those before it are given back.
        """
        with self._store.read() as db:
            gone = {number for number in request.orders if orders.get(db, number).gone is not None}
        for number in gone:
            await self._store.write(partial(orders.forget, order=number))
        kept = [number for number in request.orders if number not in gone]
        try:
            if kept:
                with self._sync.session.used() as token:
                    await self._sync.orders.release(kept, token)
        finally:
            self._show_held()
        return Empty()

    @method("orders.close")
    async def close(self, request: CloseOrder) -> Empty:
        """The order goes to SMM as not done, with the reason. Raises InputError `order-unknown`, LoginRefused."""
        user = self._session.user().user.username
        new_id = self._jobs.new_id
        await settle_not_done(self._store, self._clock, new_id, request.order, user, request.reason, request.note)
        self._sync.refresh()
        self._show_held()
        return Empty()

    def _show_held(self) -> None:
        self._show(held_orders(self._store))


def _order(order: WorkOrder, parameters: list[list[SheetCell | None]]) -> OrderInfo:
    return OrderInfo(
        id=order.id,
        activity=order.activity,
        serial=order.serial,
        pod=order.pod,
        address=order.address,
        customer=order.customer,
        summary=order.summary,
        parameters=parameters,
        created_by=order.created_by,
        inserted_at=utc_text(order.inserted_at),
    )
