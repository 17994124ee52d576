"""Whether this process and its database are well."""

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from agent.smm import watching
from agent.smm.api.answers import json_of
from agent.smm.database import Database
from agent.smm.problems import ProblemRaised, responses


class Health(BaseModel):
    ok: bool


def blueprint(database: Database) -> APIBlueprint:
    api = APIBlueprint("health", __name__)

    @api.get("/healthz", responses={"200": Health}, summary="The process runs")
    def healthz() -> Response:
        return json_of(Health(ok=True))

    @api.get("/readyz", responses={"200": Health, **responses(503)}, summary="The database is there and current")
    def readyz() -> Response:
        if not database.is_current():
            raise ProblemRaised(503, "The database is not ready", "smm")
        return json_of(Health(ok=True))

    @api.get("/metrics", doc_ui=False)
    def metrics() -> Response:
        with database.read() as session:
            return Response(watching.numbers(session), content_type=CONTENT_TYPE_LATEST)

    return api
