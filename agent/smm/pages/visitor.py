"""Who looks at a page: login, language, and the token that every form carries."""

import hmac
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import abort, g, redirect, request, session, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from agent.domain.sample import ADMINISTRATOR_GROUP, MOBILE_GROUP
from agent.domain.words import LANGUAGES, language_of
from agent.smm.database import Database
from agent.smm.models import User
from agent.smm.pages import texts

_USER, _LANGUAGE, _TOKEN = "user", "language", "token"


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


def log_in(user: User) -> None:
    chosen = session.get(_LANGUAGE)
    session.clear()  # nothing of who was here before
    session[_USER] = user.id
    if chosen:
        session[_LANGUAGE] = chosen


def log_out() -> None:
    session.clear()


def known_user(database_session: Session) -> User | None:
    """Who is logged in; nobody who was locked, or moved to the tablets, meanwhile."""
    user_id = session.get(_USER)
    user = None if user_id is None else database_session.get(User, user_id)
    return user if user is not None and not user.locked and user.group != MOBILE_GROUP else None


def is_administrator() -> bool:
    user: User = g.me
    return user.group == ADMINISTRATOR_GROUP


def page(database: Database) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A view for those who are logged in. It gets a database session first; forms are checked before."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def shown(*args: Any, **values: Any) -> Any:
            with database.begin() as database_session:
                g.me = known_user(database_session)
                if g.me is None:
                    return _to_login()
                check_form()
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
