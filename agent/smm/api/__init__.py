"""The HTTP API `/api/v1`, with its OpenAPI 3.1 document."""

from flask_openapi3.blueprint import APIBlueprint

from agent.smm.api import events, health, orders, parcels, tablets
from agent.smm.api.answers import limiter, only_if_changed
from agent.smm.database import Database
from agent.smm.keys import KeyBox


def blueprints(database: Database, keys: KeyBox) -> list[APIBlueprint]:
    """All calls of the API on this database."""
    calls = [
        tablets.blueprint(database, keys),
        parcels.blueprint(database, keys),
        orders.blueprint(database, keys),
        events.blueprint(database),
    ]
    for each in calls:
        each.before_request(limiter(database))
        each.after_request(only_if_changed)
    return [*calls, health.blueprint(database)]
