"""Calls about work orders: of tablets that claim them, and of other systems that ask for work."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from agent.domain import exchange
from agent.domain.activity import Activity
from agent.domain.exchange import Claim, ClaimedOrders, DecisionList, OrderState, WorkOrderPage
from agent.domain.exchange.base import NO_NUL, Name
from agent.domain.exchange.orders import Reason
from agent.domain.prepayment import check_amount
from agent.smm.api.answers import NUMBER_CURSOR, json_of
from agent.smm.api.calls import API_KEY, BEARER, TABLET_PROBLEMS, Call, blueprint_of
from agent.smm.database import Database, utc_now
from agent.smm.keys import KeyBox
from agent.smm.orders import claims
from agent.smm.orders.creating import create
from agent.smm.orders.decisions import made_for
from agent.smm.orders.ending import ask_to_cancel
from agent.smm.orders.messages import message
from agent.smm.orders.request import MAX_METERS, WorkOrderRequest
from agent.smm.people import access
from agent.smm.people.mobile_sessions import Technician
from agent.smm.people.requester import Requester

MAX_KEY = 100
ORDER_PROBLEMS = (401, 403, 404, 409, 415, 422, 429)
"""Statuses that a tablet's call about one order may answer."""


class Listing(BaseModel):
    """Query of available orders."""

    state: Literal["available"] = "available"
    search: str = Field(
        "", max_length=100, pattern=NO_NUL, description="part of serial number, POD, address, customer, activity"
    )
    after: str | None = Field(None, pattern=NUMBER_CURSOR, description="cursor of the last page")


class Jobs(BaseModel):
    """Query of decisions: the jobs of the tablet that it asks about."""

    job: list[Name] = Field(min_length=1, max_length=100)


class OrderNumber(BaseModel):
    """Path variable of one order."""

    number: int = Field(ge=1, lt=2**53)


class NewOrders(BaseModel):
    """One order for each meter, or none. Profile, tariff and contract are names of the catalogue."""

    model_config = ConfigDict(extra="forbid")
    activity: Activity
    serials: list[Name] = Field(min_length=1, max_length=MAX_METERS)
    amount_wh: Any = Field(
        None, json_schema_extra={"type": "integer", "minimum": 1, "maximum": 4294967295, "description": "Wh"}
    )
    profile: Name | None = None
    tariff: Name | None = None
    contract: Name | None = None
    reason: Reason | None = Field(None, description="of a detachment or reconnection")
    outer_id: UUID | None = Field(None, description="the commercial order that asks for it")

    def work_order_request(self) -> WorkOrderRequest:
        """As the orders' own request. Raises: InputError for what makes no sense."""
        return WorkOrderRequest(
            activity=self.activity,
            serials=tuple(self.serials),
            amount_wh=None if self.amount_wh is None else check_amount(self.amount_wh),
            profile=self.profile,
            tariff=self.tariff,
            contract=self.contract,
            reason=self.reason,
            outer_id=None if self.outer_id is None else str(self.outer_id),
        )


class CreatedOrders(BaseModel):
    """In the order of the meters."""

    ids: list[int]


@dataclass(frozen=True)
class OrderCalls:
    """The views, on one database."""

    database: Database
    keys: KeyBox

    def available(self, query: Listing) -> Response:
        """Work orders that this technician may claim, oldest first"""
        search, after = query.search.strip(), int(query.after or 0)
        return self._as_tablet(lambda session, me: claims.available(session, me, search, after, utc_now()))

    def claimed(self) -> Response:
        """This tablet's claims"""
        return self._as_tablet(lambda session, me: claims.claimed(session, self.keys, me, utc_now()))

    def decided(self, query: Jobs) -> Response:
        """What was decided about this tablet's undecided jobs"""
        return self._as_tablet(lambda session, me: DecisionList(decisions=made_for(session, me.device_id, query.job)))

    def claim(self, path: OrderNumber) -> Response:
        """Claim an order; again gives the same claim"""
        return self._as_tablet(lambda session, me: claims.claim(session, self.keys, me, path.number, utc_now()))

    def release(self, path: OrderNumber) -> Response:
        """Give an order back that was not done"""
        return self._as_tablet(lambda session, me: message(claims.release(session, me, path.number, utc_now())))

    def ask(self, body: NewOrders) -> Response:
        """Ask for work at one or many meters; an Idempotency-Key, or the outer id, makes asking again safe"""
        order_request = body.work_order_request()
        key = (request.headers.get("Idempotency-Key") or order_request.outer_id or "")[:MAX_KEY] or None
        try:
            ids = self._create(order_request, key)
        except IntegrityError:
            ids = self._create(order_request, key)  # another process was asked for the same at the same time
        return json_of(CreatedOrders(ids=ids), 201)

    def cancel(self, path: OrderNumber) -> Response:
        """Cancel an order; 202 where a tablet has it, and it is only asked for"""
        with self.database.begin() as session:
            requester, now = _requester(session), utc_now()
            order = claims.get_current(session, path.number, requester.tag, now)
            ask_to_cancel(order, requester.name, now)
            return json_of(message(order), 202 if order.state == OrderState.CLAIMED else 200)

    def _as_tablet(self, call: Callable[[Session, Technician], BaseModel]) -> Response:
        with self.database.begin() as session:
            technician = access.session_of(session, request.headers.get("Authorization"), utc_now())
            return json_of(call(session, technician))

    def _create(self, order_request: WorkOrderRequest, key: str | None) -> list[int]:
        with self.database.begin() as session:
            return create(session, self.keys, order_request, _requester(session), utc_now(), key)


def _requester(session: Session) -> Requester:
    return access.system_of(session, request.headers.get("Authorization"))


def blueprint(database: Database, keys: KeyBox) -> APIBlueprint:
    """Tablets call with a technician's session, other systems with their key."""
    views = OrderCalls(database, keys)
    order = exchange.WorkOrder
    calls = (
        Call("GET", "/work-orders", views.available, {"200": WorkOrderPage}, TABLET_PROBLEMS, BEARER),
        Call("GET", "/work-orders/claimed", views.claimed, {"200": ClaimedOrders}, TABLET_PROBLEMS, BEARER),
        Call("GET", "/decisions", views.decided, {"200": DecisionList}, TABLET_PROBLEMS, BEARER),
        Call("POST", "/work-orders/<int:number>/claim", views.claim, {"200": Claim}, ORDER_PROBLEMS, BEARER),
        Call("POST", "/work-orders/<int:number>/release", views.release, {"200": order}, ORDER_PROBLEMS, BEARER),
        Call("POST", "/work-orders", views.ask, {"201": CreatedOrders}, (401, 409, 415, 422, 429), API_KEY),
        Call(
            "POST",
            "/work-orders/<int:number>/cancel",
            views.cancel,
            {"200": order, "202": order},
            (401, 404, 409, 415, 422, 429),
            API_KEY,
        ),
    )
    return blueprint_of("orders", calls)
