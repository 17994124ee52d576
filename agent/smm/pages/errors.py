"""The page for a visitor whose page cannot be shown: what happened, and the way back."""

from collections.abc import Mapping

from flask import render_template
from werkzeug.exceptions import HTTPException

from agent.smm.pages import visitor

_WORDS: Mapping[int, str] = {
    400: "expired",
    403: "not_allowed",
    404: "not_found",
    405: "not_found",
    413: "too_large",
    503: "no_database",
}


def error_page(error: HTTPException) -> tuple[str, int]:
    """The page and its status."""
    status = error.code or 500
    return render_template("error.html", message=visitor.t(_WORDS.get(status, "went_wrong"))), status
