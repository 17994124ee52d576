"""Calls of tablets: enrolment, sessions, the meter directory, executions."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from agent.domain import exchange
from agent.domain.exchange import (
    Device,
    DeviceEnrolment,
    ExecutionBatch,
    MeterPage,
    PrepayProfileList,
    ReceiptBatch,
    SessionRequest,
)
from agent.smm import catalogue, directory
from agent.smm.api.answers import NUMBER_CURSOR, json_of
from agent.smm.api.calls import BEARER, TABLET_PROBLEMS, Call, blueprint_of
from agent.smm.database import Database, utc_now
from agent.smm.intake import batches
from agent.smm.keys import KeyBox
from agent.smm.people import access
from agent.smm.watching import RECEIPTS


class After(BaseModel):
    """Query: where to continue."""

    after: str | None = Field(None, pattern=NUMBER_CURSOR, description="cursor of the last page")


@dataclass(frozen=True)
class TabletCalls:
    """The views, on one database."""

    database: Database
    keys: KeyBox

    def enrol(self, body: DeviceEnrolment) -> Response:
        """Enrol a tablet"""
        with self.database.begin() as session:
            tablet = access.enrol(session, body, utc_now())
            return json_of(
                Device(
                    id=tablet.id,
                    name=tablet.name,
                    state=exchange.DeviceState(tablet.state),
                    receipt_key=self.keys.receipt_key.hex(),
                    parcel_key=self.keys.parcel_key.hex(),
                )
            )

    def log_in(self, body: SessionRequest) -> Response:
        """Log a technician in"""
        session = access.log_in(self.database, body, request.remote_addr or "", utc_now())
        return json_of(session, HTTPStatus.CREATED)

    def meters(self, query: After) -> Response:
        """The tablet's meter directory: changes since a cursor"""
        with self.database.begin() as session:
            technician = access.session_of(session, request.headers.get("Authorization"), utc_now())
            page = directory.page(session, technician, int(query.after or 0), self.keys)
            # Secrets are sealed anew each time, so the version is where the page begins and ends, and whose it is.
            owner = (technician.device_id, technician.user_id, technician.tag)
            return json_of(page, version=str((*owner, query.after, page.cursor, page.more, page.epoch)))

    def prepay_profiles(self) -> Response:
        """Prepayment profiles that a technician may choose from"""
        with self.database.begin() as session:
            access.session_of(session, request.headers.get("Authorization"), utc_now())
            return json_of(PrepayProfileList(profiles=catalogue.all_profiles(session)))

    def executions(self, body: ExecutionBatch) -> Response:
        """Take executions in: one receipt for each envelope, in order"""
        now = utc_now()
        with self.database.begin() as session:
            technician = access.session_of(session, request.headers.get("Authorization"), now)
        taken = batches.take_batch(self.database, self.keys, technician, body, utc_now)
        for receipt in taken.receipts:
            RECEIPTS.labels(receipt.state.value).inc()
        answer = ReceiptBatch(
            receipts=taken.receipts, server_time=utc_now(), missing=taken.missing, directory_revision=taken.revision
        )
        return json_of(answer)


def blueprint(database: Database, keys: KeyBox) -> APIBlueprint:
    """Enrolment and login need no token; the rest needs a technician's session."""
    views = TabletCalls(database, keys)
    calls = (
        Call("POST", "/devices", views.enrol, {"200": Device}, (409, 415, 422, 429)),
        Call("POST", "/sessions", views.log_in, {"201": exchange.Session}, TABLET_PROBLEMS),
        Call("GET", "/meters", views.meters, {"200": MeterPage}, TABLET_PROBLEMS, BEARER),
        Call("GET", "/prepay-profiles", views.prepay_profiles, {"200": PrepayProfileList}, TABLET_PROBLEMS, BEARER),
        Call("POST", "/executions", views.executions, {"200": ReceiptBatch}, (401, 403, 413, 415, 422, 429), BEARER),
    )
    return blueprint_of("api", calls)
