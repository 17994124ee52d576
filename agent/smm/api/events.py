"""The feed for billing and other systems: which readings and ended orders are new since a cursor."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain.activity import Activity
from agent.domain.exchange import OrderState
from agent.smm.api.answers import json_of
from agent.smm.api.calls import API_KEY, Call, blueprint_of
from agent.smm.database import Database
from agent.smm.intake import feed
from agent.smm.intake.facts import TARIFFS
from agent.smm.intake.feed import PAGE_SIZE, FeedPosition
from agent.smm.models import Event, Execution, Meter, Reading, WorkOrder
from agent.smm.people import access

_CURSOR = r"^[0-9]{1,18}-[0-9]{1,18}-[0-9]{1,18}$"
_BEGINNING = "0-0-0"


class Since(BaseModel):
    """Query: where to continue."""

    after: str | None = Field(None, pattern=_CURSOR, description="cursor of the last page; none: from the beginning")


class ReadingEvent(BaseModel):
    """Registers in Wh; those that the meter lacks are null. `warnings` are codes, such as `total-is-sum`."""

    t1: int | None
    t2: int | None
    t3: int | None
    t4: int | None
    t5: int | None
    t6: int | None
    total: int
    meter_time: datetime | None
    read_at: datetime
    warnings: list[str]


class OrderEvent(BaseModel):
    """As it stands now. `amount_wh` of a charge; `error` is a code."""

    activity: Activity
    state: OrderState
    outer_id: str | None
    executed_by: str | None
    ended_at: datetime | None
    amount_wh: int | None
    error: str | None


class FeedEvent(BaseModel):
    """`id` never comes twice, in whatever order pages are asked for."""

    id: int
    kind: Literal["reading", "order"]
    at: datetime = Field(description="when it came in")
    serial: str
    pod: str | None
    work_order: int
    reading: ReadingEvent | None = None
    order: OrderEvent | None = None


class EventPage(BaseModel):
    """In the order they came in. Ask again from `cursor`: at once with `more`, else after a while."""

    events: list[FeedEvent]
    cursor: str
    more: bool


@dataclass(frozen=True)
class EventCalls:
    """The view, on one database."""

    database: Database

    def events(self, query: Since) -> Response:
        """What is new since a cursor: readings and orders that have ended"""
        with self.database.read() as session:
            requester = access.system_of(session, request.headers.get("Authorization"))
            position = FeedPosition.parse(query.after or _BEGINNING)
            found = feed.after(session, position, requester.tag)
            shown = found[:PAGE_SIZE]
            if shown:
                position = FeedPosition(shown[-1].epoch, shown[-1].transaction_number, shown[-1].id)
            more = len(found) > PAGE_SIZE
            return json_of(EventPage(events=_messages(session, shown), cursor=str(position), more=more))


def blueprint(database: Database) -> APIBlueprint:
    """For other systems, with their key."""
    views = EventCalls(database)
    return blueprint_of(
        "events", [Call("GET", "/events", views.events, {"200": EventPage}, (401, 415, 422, 429), API_KEY)]
    )


def _messages(session: Session, events: list[Event]) -> list[FeedEvent]:
    serials = {event.serial for event in events}
    of_meters = select(Meter.serial, Meter.pod).where(Meter.serial.in_(serials))
    pods = dict(session.execute(of_meters).all())
    numbers = {event.work_order_id for event in events}
    orders = {order.id: order for order in session.scalars(select(WorkOrder).where(WorkOrder.id.in_(numbers)))}
    keys = {event.execution_key for event in events if event.kind == "reading"}
    of_keys = select(Reading).where(Reading.execution_key.in_(keys))
    readings = {reading.execution_key: reading for reading in session.scalars(of_keys)}
    of_payloads = select(Execution.key, Execution.payload).where(Execution.key.in_(keys))
    warnings = {key: payload.get("warnings", []) for key, payload in session.execute(of_payloads)}
    return [
        FeedEvent(
            id=event.id,
            kind="reading" if event.kind == "reading" else "order",
            at=event.at,
            serial=event.serial,
            pod=pods.get(event.serial),
            work_order=event.work_order_id,
            reading=_reading(readings[event.execution_key or ""], warnings) if event.kind == "reading" else None,
            order=_order(orders[event.work_order_id]) if event.kind == "order" else None,
        )
        for event in events
    ]


def _reading(reading: Reading, warnings: Mapping[str, list[str]]) -> ReadingEvent:
    registers: Mapping[str, int | None] = {name: getattr(reading, name) for name in TARIFFS}
    return ReadingEvent(
        **registers,
        total=reading.total,
        meter_time=reading.meter_time,
        read_at=reading.read_at,
        warnings=warnings.get(reading.execution_key, []),
    )


def _order(order: WorkOrder) -> OrderEvent:
    return OrderEvent(
        activity=Activity(order.activity),
        state=OrderState(order.state),
        outer_id=order.outer_id,
        executed_by=order.executed_by,
        ended_at=order.ended_at,
        amount_wh=order.parameters.get("amount_wh"),
        error=order.error_code,
    )
