"""Calls about work orders: of tablets that claim them, and of other systems that ask for work."""

from collections.abc import Callable
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
from agent.domain.prepayment import check_amount
from agent.smm.api.answers import API_KEY, BEARER, NUMBER_CURSOR, json_of
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
from agent.smm.problems import responses

MAX_KEY = 100


class Listing(BaseModel):
    state: Literal["available"] = "available"
    search: str = Field(
        "", max_length=100, pattern=NO_NUL, description="part of serial number, POD, address, customer, activity"
    )
    after: str | None = Field(None, pattern=NUMBER_CURSOR, description="cursor of the last page")


class Jobs(BaseModel):
    job: list[Name] = Field(min_length=1, max_length=100)


class OrderNumber(BaseModel):
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
    outer_id: UUID | None = Field(None, description="the commercial order that asks for it")

    def wish(self) -> WorkOrderRequest:
        """Raises: InputError."""
        return WorkOrderRequest(
            activity=self.activity,
            serials=tuple(self.serials),
            amount_wh=None if self.amount_wh is None else check_amount(self.amount_wh),
            profile=self.profile,
            tariff=self.tariff,
            contract=self.contract,
            outer_id=None if self.outer_id is None else str(self.outer_id),
        )


class CreatedOrders(BaseModel):
    """In the order of the meters."""

    ids: list[int]


def blueprint(database: Database, keys: KeyBox) -> APIBlueprint:
    api = APIBlueprint("orders", __name__, url_prefix="/api/v1")

    def as_tablet(call: Callable[[Session, Technician], BaseModel]) -> Response:
        with database.begin() as session:
            technician = access.session_of(session, request.headers.get("Authorization"), utc_now())
            return json_of(call(session, technician))

    @api.get(
        "/work-orders",
        responses={"200": WorkOrderPage, **responses(401, 403, 415, 422, 429)},
        security=BEARER,
        summary="Work orders that this technician may claim, oldest first",
    )
    def available(query: Listing) -> Response:
        after = int(query.after or 0)
        return as_tablet(lambda session, me: claims.available(session, me, query.search.strip(), after, utc_now()))

    @api.get(
        "/work-orders/claimed",
        responses={"200": ClaimedOrders, **responses(401, 403, 415, 422, 429)},
        security=BEARER,
        summary="This tablet's claims",
    )
    def claimed() -> Response:
        return as_tablet(lambda session, me: claims.claimed(session, keys, me, utc_now()))

    @api.get(
        "/decisions",
        responses={"200": DecisionList, **responses(401, 403, 415, 422, 429)},
        security=BEARER,
        summary="What was decided about this tablet's undecided jobs",
    )
    def decided(query: Jobs) -> Response:
        return as_tablet(lambda session, me: DecisionList(decisions=made_for(session, me.device_id, query.job)))

    @api.post(
        "/work-orders/<int:number>/claim",
        responses={"200": Claim, **responses(401, 403, 404, 409, 415, 422, 429)},
        security=BEARER,
        summary="Claim an order; again gives the same claim",
    )
    def claim(path: OrderNumber) -> Response:
        return as_tablet(lambda session, me: claims.claim(session, keys, me, path.number, utc_now()))

    @api.post(
        "/work-orders/<int:number>/release",
        responses={"200": exchange.WorkOrder, **responses(401, 403, 404, 409, 415, 422, 429)},
        security=BEARER,
        summary="Give an order back that was not done",
    )
    def release(path: OrderNumber) -> Response:
        return as_tablet(lambda session, me: message(claims.release(session, me, path.number, utc_now())))

    @api.post(
        "/work-orders",
        responses={"201": CreatedOrders, **responses(401, 409, 415, 422, 429)},
        security=API_KEY,
        summary="Ask for work at one or many meters; an Idempotency-Key, or the outer id, makes asking again safe",
    )
    def ask(body: NewOrders) -> Response:
        wish = body.wish()
        key = (request.headers.get("Idempotency-Key") or wish.outer_id or "")[:MAX_KEY] or None
        try:
            ids = _create(wish, key)
        except IntegrityError:
            ids = _create(wish, key)  # somebody asked the same beside us
        return json_of(CreatedOrders(ids=ids), 201)

    def _create(wish: WorkOrderRequest, key: str | None) -> list[int]:
        with database.begin() as session:
            return create(session, keys, wish, _asker(session), utc_now(), key)

    @api.post(
        "/work-orders/<int:number>/cancel",
        responses={"200": exchange.WorkOrder, "202": exchange.WorkOrder, **responses(401, 404, 409, 415, 422, 429)},
        security=API_KEY,
        summary="Cancel an order; 202 where a tablet has it, and it is only asked for",
    )
    def cancel(path: OrderNumber) -> Response:
        with database.begin() as session:
            asker, now = _asker(session), utc_now()
            order = claims.get_current(session, path.number, asker.tag, now)
            ask_to_cancel(order, asker.name, now)
            return json_of(message(order), 202 if order.state == OrderState.CLAIMED else 200)

    def _asker(session: Session) -> Requester:
        return access.system_of(session, request.headers.get("Authorization"))

    return api
