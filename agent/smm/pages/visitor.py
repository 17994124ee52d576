"""Who looks at a page: login, rights, language, and the token that every form carries."""

import hmac
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import abort, g, redirect, request, session, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from agent.domain.group import MOBILE_GROUP
from agent.domain.words import LANGUAGES, language_of
from agent.smm.database import Database, utc_now
from agent.smm.models import User
from agent.smm.pages import texts
from agent.smm.people import roles, web_sessions
from agent.smm.people.roles import Right

_SESSION, _LANGUAGE, _TOKEN = "session", "language", "token"


def language() -> str:
    """Chosen, or of the user's culture, or the browser's."""
    chosen = session.get(_LANGUAGE)
    if chosen in LANGUAGES:
        return str(chosen)
    user: User | None = g.get("me")
    return language_of(user.culture if user else request.accept_languages.best or "")


def choose_language(code: str) -> None:
    if code in LANGUAGES:
        session[_LANGUAGE] = code


def t(key: str, **blanks: object) -> str:
    return texts.table(language())[key].format(**blanks)


def log_in(database_session: Session, user: User) -> None:
    chosen = session.get(_LANGUAGE)
    session.clear()  # nothing of who was here before
    session[_SESSION] = web_sessions.begin(database_session, user, request.remote_addr or "", utc_now())
    if chosen:
        session[_LANGUAGE] = chosen


def log_out(database_session: Session) -> None:
    web_sessions.end(database_session, session.get(_SESSION))
    session.clear()


def known_user(database: Database) -> User | None:
    """Who is logged in; nobody who was locked, or moved to the tablets, meanwhile."""
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
    user: User | None = g.get("me")
    return user is not None and roles.may(user.group, Right(right))


def require(right: Right) -> None:
    """Ends the request with 403."""
    if not may(right):
        abort(403)


def page(database: Database) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A view for those who are logged in. It gets a database session first, which a form may change things with;
    forms are checked before."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def shown(*args: Any, **values: Any) -> Any:
            g.me = known_user(database)
            if g.me is None:
                return _to_login()
            check_form()
            with database.begin() if request.method == "POST" else database.read() as database_session:
                return view(database_session, *args, **values)

        return shown

    return decorate


def csrf_field() -> Markup:
    """The hidden field of every form."""
    token = session.setdefault(_TOKEN, secrets.token_urlsafe(16))
    return Markup('<input type="hidden" name="csrf" value="{}">').format(token)


def check_form() -> None:
    """Ends a POST without our token with 400."""
    if request.method != "POST":
        return
    token = session.get(_TOKEN)
    if token is None or not hmac.compare_digest(str(token), request.form.get("csrf", "")):
        abort(400)


def _to_login() -> Response:
    return redirect(url_for("pages.log_in"))
