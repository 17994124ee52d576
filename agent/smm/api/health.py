"""Whether this process and its database are well, and what they count."""

from dataclasses import dataclass

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from agent.smm import watching
from agent.smm.api.answers import json_of
from agent.smm.api.calls import Call, blueprint_of
from agent.smm.database import Database
from agent.smm.problems import ProblemRaised


class Health(BaseModel):
    """Whether it is well."""

    ok: bool


@dataclass(frozen=True)
class HealthCalls:
    """The views, on one database."""

    database: Database

    def healthz(self) -> Response:
        """The process runs"""
        return json_of(Health(ok=True))

    def readyz(self) -> Response:
        """The database is there and current"""
        if not self.database.is_current():
            raise ProblemRaised(503, "The database is not ready", "smm")
        return json_of(Health(ok=True))

    def metrics(self) -> Response:
        """The numbers for Prometheus."""
        with self.database.read() as session:
            return Response(watching.numbers(session), content_type=CONTENT_TYPE_LATEST)


def blueprint(database: Database) -> APIBlueprint:
    """For load balancers and Prometheus, without a token; `/metrics` is not in the OpenAPI document."""
    views = HealthCalls(database)
    calls = (
        Call("GET", "/healthz", views.healthz, {"200": Health}, ()),
        Call("GET", "/readyz", views.readyz, {"200": Health}, (503,)),
    )
    api = blueprint_of("health", calls, prefix=None)
    api.add_url_rule("/metrics", view_func=views.metrics)
    return api
