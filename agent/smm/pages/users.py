"""Users: list, and a panel to create, change, lock, and reset a password."""

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from agent.domain.errors import InputError
from agent.domain.words import plain
from agent.smm import users
from agent.smm.models import User
from agent.smm.pages import visitor
from agent.smm.users import NewUser


def show(session: Session) -> Any:
    """The page; a POST creates or changes the user of the panel."""
    may_change = visitor.is_administrator()
    if request.method == "POST":
        if not may_change:
            abort(403)
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
    )
    if "new" in request.args:
        return users.create(session, wish, form.get("password", "")).username
    user = users.get(session, request.args.get("user", ""))
    _refuse_outside_tag(user)
    if "lock" in form:
        user.locked = form["lock"] == "1"
    else:
        users.change(user, wish)
        if form.get("password"):
            users.set_password(user, form["password"])
    return user.username


def _refuse_outside_tag(user: User) -> None:
    if g.me.tag and user.tag != g.me.tag:
        raise InputError(code="bad-input", field="user")


def _render(session: Session, may_change: bool, *, message: str | None) -> str:
    found = users.all_users(session, g.me.tag)
    return render_template(
        "users.html",
        found=found,
        may_change=may_change,
        panel=_panel(found) if may_change else None,
        groups=users.GROUPS,
        cultures=users.CULTURES,
        message=message,
        totals=visitor.t("total", total=len(found), showing=len(found), selected=0),
    )


def _panel(found: list[User]) -> dict[str, Any] | None:
    """What the panel beside the list holds; what was typed stays after a mistake."""
    fields = ("username", "name", "group", "tag", "culture", "email", "identification")
    if "new" in request.args:
        values = {name: request.form.get(name, "") for name in fields}
        return {**values, "is_new": True, "locked": False, "title": visitor.t("new_user")}
    chosen = next((user for user in found if user.username == request.args.get("user")), None)
    if chosen is None:
        return None
    values = {name: request.form.get(name, getattr(chosen, name)) for name in fields}
    title = f"{visitor.t('change')} {chosen.username}"
    return {**values, "is_new": False, "locked": chosen.locked, "title": title}
