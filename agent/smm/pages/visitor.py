"""Who looks at a page: session, rights, language, and the token that every form carries."""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort, g, redirect, request, session, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from agent.domain.group import MOBILE_GROUP
from agent.domain.words import LANGUAGES, language_of
from agent.smm.database import Database, utc_now
from agent.smm.keys import KeyBox
from agent.smm.models import User
from agent.smm.pages import texts
from agent.smm.people import roles, web_sessions
from agent.smm.people.roles import Right

_SESSION, _LANGUAGE, _TOKEN = "session", "language", "token"


def language() -> str:
    """The one chosen, or else that of the user's culture, or else the browser's."""
    chosen = session.get(_LANGUAGE)
    if chosen in LANGUAGES:
        return str(chosen)
    user: User | None = g.get("me")
    return language_of(user.culture if user else request.accept_languages.best or "")


def choose_language(code: str) -> None:
    """Keeps it for this visitor; a language that we do not have changes nothing."""
    if code in LANGUAGES:
        session[_LANGUAGE] = code


def t(key: str, **blanks: object) -> str:
    """The text in the visitor's language, its blanks filled."""
    return texts.table(language())[key].format(**blanks)


def log_in(database_session: Session, user: User) -> None:
    """Begins a session for the user in this browser."""
    chosen = session.get(_LANGUAGE)
    session.clear()  # nothing stays of whoever was here before
    session[_SESSION] = web_sessions.begin(database_session, user, request.remote_addr or "", utc_now())
    if chosen:
        session[_LANGUAGE] = chosen


def log_out(database_session: Session) -> None:
    """Ends this browser's session."""
    web_sessions.end(database_session, session.get(_SESSION))
    session.clear()


def known_user(database: Database) -> User | None:
    """Who is logged in; None also for a user who was locked, or moved to the tablets, meanwhile."""
    token, now = session.get(_SESSION), utc_now()
    with database.read() as database_session:
        found = web_sessions.find(database_session, token, now)
    if found is None or found.user.locked or found.user.group == MOBILE_GROUP:
        return None
    if web_sessions.is_seen_late(found, now):
        with database.begin() as database_session:
            web_sessions.mark_seen(database_session, str(token), now)
    return found.user


def may(right: str) -> bool:
    """Whether the visitor has this right; nobody who is not logged in has one."""
    user: User | None = g.get("me")
    return user is not None and roles.may(user.group, Right(right))


def require(right: Right) -> None:
    """Ends the request with 403 if the visitor lacks the right."""
    if not may(right):
        abort(403)


@dataclass(frozen=True)
class Visit:
    """What the view of a page works with. `session` is one transaction, in which only a form may change anything."""

    session: Session
    database: Database
    keys: KeyBox


def page(database: Database, keys: KeyBox, view: Callable[..., Any], see: Right | None, change: Right | None) -> Any:
    """The view, for those who are logged in and have the right to see it; `change` is the right its form needs.

    The view gets a `Visit` and the variables of its route. A form is checked before it gets there.
    """

    def show(**variables: Any) -> Any:
        g.me = known_user(database)
        if g.me is None:
            return _to_login()
        check_form()
        is_form = request.method == "POST"
        for right in (see, change if is_form else None):
            if right is not None:
                require(right)
        with database.begin() if is_form else database.read() as database_session:
            return view(Visit(database_session, database, keys), **variables)

    return show


def csrf_field() -> Markup:
    """The hidden field of every form."""
    token = session.setdefault(_TOKEN, secrets.token_urlsafe(16))
    return Markup('<input type="hidden" name="csrf" value="{}">').format(token)


def check_form() -> None:
    """Ends a POST that lacks our token with 400."""
    if request.method != "POST":
        return
    token = session.get(_TOKEN)
    if token is None or not hmac.compare_digest(str(token), request.form.get("csrf", "")):
        abort(400)


def _to_login() -> Response:
    return redirect(url_for("pages.log_in"))
