"""The HTTP API `/api/v1`, with its OpenAPI 3.1 document."""

from http import HTTPStatus

from flask import Response, make_response, request
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from agent.domain import exchange
from agent.domain.exchange import Device, DeviceEnrolment, ExecutionBatch, MeterPage, ReceiptBatch, SessionRequest
from agent.smm import access, directory, intake
from agent.smm.database import Database, utc_now
from agent.smm.keys import KeyBox
from agent.smm.problems import ProblemRaised, responses

_BEARER: list[dict[str, list[str]]] = [{"session": []}]


class After(BaseModel):
    after: str | None = Field(None, max_length=40, description="cursor of the last page")


class Health(BaseModel):
    ok: bool


def blueprint(database: Database, keys: KeyBox) -> APIBlueprint:
    """All calls of the API on this database."""
    api = APIBlueprint("api", __name__, url_prefix="/api/v1")

    @api.post("/devices", responses={"200": Device, **responses(409, 422)}, summary="Enrol a tablet")
    def enrol(body: DeviceEnrolment) -> Response:
        with database.begin() as session:
            device = access.enrol(session, body, utc_now())
            return _json(Device(id=device.id, name=device.name, state=exchange.DeviceState(device.state)))

    @api.post(
        "/sessions", responses={"201": exchange.Session, **responses(401, 403, 422)}, summary="Log a technician in"
    )
    def log_in(body: SessionRequest) -> Response:
        with database.begin() as session:
            return _json(access.log_in(session, body, utc_now()), HTTPStatus.CREATED)

    @api.get(
        "/meters",
        responses={"200": MeterPage, **responses(400, 401, 403, 422)},
        security=_BEARER,
        summary="The tablet's meter directory: changes since a cursor",
    )
    def meters(query: After) -> Response:
        with database.begin() as session:
            mobile = access.session_of(session, request.headers.get("Authorization"), utc_now())
            return _json(directory.page(session, mobile, query.after, keys))

    @api.post(
        "/executions",
        responses={"200": ReceiptBatch, **responses(401, 403, 413, 422)},
        security=_BEARER,
        summary="Take executions in: one receipt for each envelope, in order",
    )
    def executions(body: ExecutionBatch) -> Response:
        now = utc_now()
        with database.begin() as session:
            mobile = access.session_of(session, request.headers.get("Authorization"), now)
        receipts = [intake.take(database, mobile, envelope, now) for envelope in body.envelopes]
        return _json(ReceiptBatch(receipts=receipts, server_time=utc_now()))

    return api


def health_blueprint(database: Database) -> APIBlueprint:
    api = APIBlueprint("health", __name__)

    @api.get("/healthz", responses={"200": Health}, summary="The process runs")
    def healthz() -> Response:
        return _json(Health(ok=True))

    @api.get("/readyz", responses={"200": Health, **responses(503)}, summary="The database is there and current")
    def readyz() -> Response:
        if not database.is_current():
            raise ProblemRaised(503, "The database is not ready", "smm")
        return _json(Health(ok=True))

    return api


def _json(message: BaseModel, status: int = 200) -> Response:
    response = make_response(message.model_dump_json(), status)
    response.headers["Content-Type"] = "application/json"
    response.headers["Cache-Control"] = "no-store"
    return response
