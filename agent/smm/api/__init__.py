"""The HTTP API `/api/v1`, with its OpenAPI 3.1 document."""

from flask_openapi3.blueprint import APIBlueprint

from agent.smm.api import health, orders, tablets
from agent.smm.database import Database
from agent.smm.keys import KeyBox


def blueprints(database: Database, keys: KeyBox) -> list[APIBlueprint]:
    """All calls of the API on this database."""
    return [tablets.blueprint(database, keys), orders.blueprint(database, keys), health.blueprint(database)]
