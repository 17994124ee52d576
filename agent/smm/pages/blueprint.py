"""The pages as one Flask blueprint."""

from functools import partial
from pathlib import Path
from typing import Any

from flask import Blueprint, g

from agent.smm.database import Database
from agent.smm.keys import KeyBox
from agent.smm.pages import visitor
from agent.smm.pages.routes import OPEN_ROUTES, ROUTES

_HERE = Path(__file__).parent


def pages_blueprint(database: Database, keys: KeyBox) -> Blueprint:
    """All pages on this database, with their templates, styles and script."""
    pages = Blueprint(
        "pages",
        __name__,
        template_folder=str(_HERE / "templates"),
        static_folder=str(_HERE / "static"),
        static_url_path="/static",
    )
    pages.app_context_processor(_in_every_template)
    for open_ in OPEN_ROUTES:
        pages.add_url_rule(open_.path, open_.endpoint, partial(open_.view, database), methods=open_.methods)
    for route in ROUTES:
        view = visitor.page(database, keys, route.view, route.see, route.change)
        pages.add_url_rule(route.path, route.endpoint, view, methods=route.methods)
    return pages


def _in_every_template() -> dict[str, Any]:
    return {
        "t": visitor.t,
        "lang": visitor.language(),
        "me": g.get("me"),
        "csrf": visitor.csrf_field,
        "may": visitor.may,
    }
