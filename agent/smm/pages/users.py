"""Users: list, and a panel to create, change, lock, and reset a password."""

from typing import Any
from zoneinfo import available_timezones

from flask import flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from agent.domain.errors import InputError
from agent.domain.words import plain
from agent.smm import audit, lockout, users, web_sessions
from agent.smm.database import utc_now
from agent.smm.models import User
from agent.smm.pages import visitor
from agent.smm.roles import GROUPS, Right
from agent.smm.users import NewUser


def show(session: Session) -> Any:
    """The page; a POST creates or changes the user of the panel."""
    may_change = visitor.may(Right.USERS)
    if request.method == "POST":
        visitor.require(Right.USERS)
        try:
            with session.begin_nested():
                changed = _save(session)
        except InputError as error:
            return _render(session, may_change, message=str(plain(error, visitor.language()))), 400
        flash(visitor.t("saved", what=changed))
        return redirect(url_for("pages.users"))
    return _render(session, may_change, message=None)


def _save(session: Session) -> str:
    form = request.form
    wish = NewUser(
        username=form.get("username", "").strip(),
        name=form.get("name", ""),
        group=form.get("group", ""),
        tag=form.get("tag", ""),
        culture=form.get("culture", ""),
        email=form.get("email", ""),
        identification=form.get("identification", ""),
        time_zone=form.get("time_zone", ""),
    )
    if "new" in request.args:
        _refuse_other_tag(wish.tag)
        user = users.create(session, wish, form.get("password", ""))
        _note(session, user, "user-created", group=user.group)
        return user.username
    user = users.get(session, request.args.get("user", ""))
    _refuse_other_tag(user.tag)
    if "lock" in form:
        locked = form["lock"] == "1"
        _refuse_self(user)
        users.lock(session, user, locked=locked)
        _note(session, user, "user-locked" if locked else "user-unlocked")
    elif "end" in form:
        _note(session, user, "sessions-ended", count=web_sessions.end_all(session, user))
    else:
        _change(session, user, wish)
    return user.username


def _change(session: Session, user: User, wish: NewUser) -> None:
    _refuse_other_tag(wish.tag)
    before = (user.group, user.tag)
    users.change(user, wish)
    if before != (user.group, user.tag):
        _refuse_self(user)
        web_sessions.end_all(session, user)
    _note(session, user, "user-changed", group=user.group)
    if request.form.get("password"):
        users.reset_password(session, user, request.form["password"])
        _note(session, user, "user-password")


def _note(session: Session, user: User, action: str, **details: object) -> None:
    audit.note(session, g.me.username, action, user.username, user.tag, **details)


def _refuse_self(user: User) -> None:
    """Nobody locks themselves out, or gives themselves rights."""
    if user.id == g.me.id:
        raise InputError(code="not-yourself")


def _refuse_other_tag(tag: str) -> None:
    """Who has a tag lets nobody see more than they see."""
    if g.me.tag and tag.strip() != g.me.tag:
        raise InputError(code="bad-input", field=visitor.t("tag"))


def _render(session: Session, may_change: bool, *, message: str | None) -> str:
    found = users.all_users(session, g.me.tag)
    return render_template(
        "users.html",
        found=found,
        may_change=may_change,
        panel=_panel(session, found) if may_change else None,
        groups=GROUPS,
        zones=sorted(available_timezones()),
        cultures=users.CULTURES,
        message=message,
        totals=visitor.t("total", total=len(found), showing=len(found), selected=0),
    )


def _panel(session: Session, found: list[User]) -> dict[str, Any] | None:
    """What the panel beside the list holds; what was typed stays after a mistake."""
    fields = ("username", "name", "group", "tag", "culture", "email", "identification", "time_zone")
    if "new" in request.args:
        values = {name: request.form.get(name, "") for name in fields}
        return {**values, "is_new": True, "locked": False, "waits": False, "title": visitor.t("new_user")}
    chosen = next((user for user in found if user.username == request.args.get("user")), None)
    if chosen is None:
        return None
    values = {name: request.form.get(name, getattr(chosen, name)) for name in fields}
    title = f"{visitor.t('change')} {chosen.username}"
    now = utc_now()
    return {
        **values,
        "is_new": False,
        "locked": chosen.locked,
        "title": title,
        "sessions": web_sessions.count_of(session, chosen, now),
        "waits": lockout.is_waiting(session, chosen.username, now),
    }
