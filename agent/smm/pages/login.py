"""Pages for those who are not logged in yet: login, logout, and the language."""

from typing import Any

from flask import redirect, render_template, request, url_for

from agent.domain.group import MOBILE_GROUP
from agent.smm import audit
from agent.smm.database import Database, utc_now
from agent.smm.pages import visitor
from agent.smm.people import login
from agent.smm.people.lockout import TooManyAttempts


def log_in(database: Database) -> Any:
    """The login card; a POST checks user and password, and opens a session."""
    visitor.check_form()
    if request.method == "GET":
        return _render(None)
    username, password = request.form.get("username", "")[:100], request.form.get("password", "")[:200]
    try:
        user = login.check(database, username, password, request.remote_addr or "", utc_now())
    except TooManyAttempts:
        return _render("login_throttled"), 429
    if user is None or user.locked:
        return _render("login_wrong"), 401
    if user.group == MOBILE_GROUP:
        return _render("login_mobile"), 403
    with database.begin() as session:
        visitor.log_in(session, user)
        audit.note(session, user.username, "login", "", user.tag)
    return redirect(url_for("pages.last_readings"))


def log_out(database: Database) -> Any:
    """Ends the session, and leads to the login card."""
    visitor.check_form()
    with database.begin() as session:
        visitor.log_out(session)
    return redirect(url_for("pages.log_in"))


def set_language(_database: Database, code: str) -> Any:
    """Keeps the language in the cookie, and leads to the first page."""
    visitor.choose_language(code)
    return redirect(url_for("pages.home"))


def _render(message: str | None) -> str:
    return render_template("login.html", message=None if message is None else visitor.t(message))
