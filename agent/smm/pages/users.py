"""Users: the list, and a panel to create, change and lock one, and to reset a password."""

from typing import Any
from zoneinfo import available_timezones

from flask import flash, g, redirect, request
from sqlalchemy import Select, case, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from agent.domain.errors import InputError
from agent.domain.words import plain
from agent.smm import audit
from agent.smm.database import utc_now
from agent.smm.models import User
from agent.smm.pages import visitor
from agent.smm.pages.render import Choice, render_report
from agent.smm.pages.report import Column, Filter, Report, address
from agent.smm.pages.visitor import Visit
from agent.smm.people import lockout, users, web_sessions
from agent.smm.people.roles import GROUPS, Right
from agent.smm.people.users import NewUser


def show(visit: Visit) -> Any:
    """The page; a POST creates or changes the user of the panel."""
    session, may_change = visit.session, visitor.may(Right.USERS)
    if request.method == "POST":
        try:
            with session.begin_nested():
                changed = _save(session)
        except InputError as error:
            return _render(session, may_change, message=str(plain(error, visitor.language()))), 400
        flash(visitor.t("saved", what=changed))
        return redirect(address())
    return _render(session, may_change, message=None)


def _save(session: Session) -> str:
    form = request.form
    typed = NewUser(
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
        _refuse_other_tag(typed.tag)
        user = users.create(session, typed, form.get("password", ""))
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
        _change(session, user, typed)
    return user.username


def _change(session: Session, user: User, typed: NewUser) -> None:
    _refuse_other_tag(typed.tag)
    before = (user.group, user.tag)
    users.change(user, typed)
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
    """No administrator may lock themselves out, or change their own rights."""
    if user.id == g.me.id:
        raise InputError(code="not-yourself")


def _refuse_other_tag(tag: str) -> None:
    """An administrator with a tag can grant access to that tag only."""
    if g.me.tag and tag.strip() != g.me.tag:
        raise InputError(code="bad-input", field=visitor.t("tag"))


def _render(session: Session, may_change: bool, *, message: str | None) -> str:
    panel = _panel(session) if may_change else None
    return render_report(
        session,
        _users(may_change),
        Choice(current=None if panel is None else panel["username"]),
        template="users.html",
        may_change=may_change,
        panel=panel,
        group_names=GROUPS,
        zones=sorted(available_timezones()),
        cultures=users.CULTURES,
        message=message,
    )


def _users(may_change: bool) -> Report:
    locked = case((User.locked, "true"), else_="false")
    columns = [
        Column("name", User.username, lambda row: row.User.username, link=_link if may_change else _no_link),
        _of_user("group", User.group),
        _of_user("tag", User.tag),
        Column("is lock", locked, lambda row: row.locked, mark=lambda row: "m-lock" if row.User.locked else None),
        _of_user("email", User.email),
        _of_user("identification", User.identification, secondary=True),
        _of_user("culture", User.culture, secondary=True),
    ]
    return Report(
        title=visitor.t("users"),
        path="/users",
        query=_scoped(select(User, locked.label("locked"))),
        columns=columns,
        groups=[[column.name] for column in columns],
        filters=[
            Filter("name", User.username),
            Filter("group", User.group, [(group, group) for group in GROUPS]),
            Filter("tag", User.tag),
            Filter("is lock", locked, [(value, value) for value in ("true", "false")]),
        ],
        default_sort="name",
        tie=(User.id,),
        has_times=False,
        is_report=False,
        key=lambda row: row.User.username,
    )


def _of_user(name: str, attribute: InstrumentedAttribute[str], *, secondary: bool = False) -> Column:
    return Column(name, attribute, lambda row: getattr(row.User, attribute.key), secondary=secondary)


def _link(row: Any) -> str:
    return address(user=row.User.username)


def _no_link(_row: Any) -> None:
    return None


def _scoped(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return query.where(User.tag == g.me.tag) if g.me.tag else query


def _panel(session: Session) -> dict[str, Any] | None:
    """What the panel beside the list shows; after an error it keeps what was typed."""
    fields = ("username", "name", "group", "tag", "culture", "email", "identification", "time_zone")
    if "new" in request.args:
        values = {name: request.form.get(name, "") for name in fields}
        return {**values, "is_new": True, "locked": False, "waits": False, "title": visitor.t("new_user")}
    chosen: User | None = session.scalar(_scoped(select(User).where(User.username == request.args.get("user"))))
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
