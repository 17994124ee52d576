"""Calls of tablets: enrolment, sessions, the meter directory, executions."""

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
from agent.smm.api.answers import BEARER, NUMBER_CURSOR, json_of
from agent.smm.database import Database, utc_now
from agent.smm.intake import batches
from agent.smm.keys import KeyBox
from agent.smm.people import access
from agent.smm.problems import responses
from agent.smm.watching import RECEIPTS


class After(BaseModel):
    after: str | None = Field(None, pattern=NUMBER_CURSOR, description="cursor of the last page")


def blueprint(database: Database, keys: KeyBox) -> APIBlueprint:
    api = APIBlueprint("api", __name__, url_prefix="/api/v1")

    @api.post("/devices", responses={"200": Device, **responses(409, 415, 422, 429)}, summary="Enrol a tablet")
    def enrol(body: DeviceEnrolment) -> Response:
        with database.begin() as session:
            device = access.enrol(session, body, utc_now())
            return json_of(Device(id=device.id, name=device.name, state=exchange.DeviceState(device.state)))

    @api.post(
        "/sessions",
        responses={"201": exchange.Session, **responses(401, 403, 415, 422, 429)},
        summary="Log a technician in",
    )
    def log_in(body: SessionRequest) -> Response:
        session = access.log_in(database, body, request.remote_addr or "", utc_now())
        return json_of(session, HTTPStatus.CREATED)

    @api.get(
        "/meters",
        responses={"200": MeterPage, **responses(401, 403, 415, 422, 429)},
        security=BEARER,
        summary="The tablet's meter directory: changes since a cursor",
    )
    def meters(query: After) -> Response:
        with database.begin() as session:
            technician = access.session_of(session, request.headers.get("Authorization"), utc_now())
            page = directory.page(session, technician, int(query.after or 0), keys)
            # Secrets are sealed anew each time; what is in the page is named by where it begins and ends.
            whose = (technician.device_id, technician.user_id, technician.tag)
            return json_of(page, version=str((*whose, query.after, page.cursor, page.more, page.epoch)))

    @api.get(
        "/prepay-profiles",
        responses={"200": PrepayProfileList, **responses(401, 403, 415, 422, 429)},
        security=BEARER,
        summary="Prepayment profiles that a technician may choose from",
    )
    def prepay_profiles() -> Response:
        with database.begin() as session:
            access.session_of(session, request.headers.get("Authorization"), utc_now())
            return json_of(PrepayProfileList(profiles=catalogue.all_profiles(session)))

    @api.post(
        "/executions",
        responses={"200": ReceiptBatch, **responses(401, 403, 413, 415, 422, 429)},
        security=BEARER,
        summary="Take executions in: one receipt for each envelope, in order",
    )
    def executions(body: ExecutionBatch) -> Response:
        now = utc_now()
        with database.begin() as session:
            technician = access.session_of(session, request.headers.get("Authorization"), now)
        receipts = batches.take_batch(database, technician, body.envelopes, utc_now)
        for receipt in receipts:
            RECEIPTS.labels(receipt.state.value).inc()
        return json_of(ReceiptBatch(receipts=receipts, server_time=utc_now()))

    return api
