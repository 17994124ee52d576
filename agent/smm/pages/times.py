"""Times to check: outcomes whose time cannot be right, and the panel where a person keeps or sets one."""

from datetime import UTC, datetime
from typing import Any

from flask import abort, flash, g, redirect, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain.activity import Activity
from agent.domain.errors import EplusError, InputError
from agent.domain.words import plain
from agent.smm import audit
from agent.smm.database import utc_now
from agent.smm.intake import times
from agent.smm.models import EnrolledTablet, Execution, Meter, WorkOrder
from agent.smm.pages import visitor
from agent.smm.pages.render import Choice, render_report
from agent.smm.pages.report import Column, Filter, Report, address, in_utc, local
from agent.smm.pages.reports import of_meter, scoped
from agent.smm.pages.visitor import Visit


def show(visit: Visit) -> Any:
    """The page; a POST keeps the corrected time of the panel's outcome, or sets another."""
    session = visit.session
    if request.method != "POST":
        return _render(session, None)
    try:
        with session.begin_nested():
            done = _do(session, request.form.get("do", ""))
    except EplusError as error:
        return _render(session, error), 400
    flash(done)
    return redirect(address())


def _do(session: Session, action: str) -> str:
    now, me = utc_now(), g.me
    execution = times.to_check(session, request.args.get("time", ""), me.tag)
    serial, subject = execution.serial, {"key": execution.key, "told": _text(execution.executed_at)}
    match action:
        case "keep":
            times.keep_time(execution, me.username, now)
            audit.note(session, me.username, "time-kept", serial, me.tag, **subject, at=_text(execution.corrected_at))
            return visitor.t("time_kept", serial=serial)
        case "keep-all":
            tablet = execution.device_id
            count = times.keep_all_of(session, tablet, me.tag, me.username, now)
            audit.note(session, me.username, "times-kept", tablet, me.tag, count=count)
            return visitor.t("times_kept", count=count)
        case "set":
            at = _parsed(request.form.get("at", ""))
            times.set_time(session, execution, at, me.username, now)
            audit.note(session, me.username, "time-set", serial, me.tag, **subject, at=_text(at))
            return visitor.t("time_was_set", serial=serial, at=at.strftime("%Y-%m-%d %H:%M"))
        case _:
            raise InputError(code="bad-input", field="do")


def _text(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat(timespec="seconds")


def _parsed(text: str) -> datetime:
    """A time in UTC, as the browser's own field gives it."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise InputError(code="bad-input", field="time") from None


def _render(session: Session, error: EplusError | None) -> str:
    chosen = _chosen(session) if "time" in request.args else None
    return render_report(
        session,
        _list(),
        Choice(current=None if chosen is None else chosen.Execution.key),
        template="times.html",
        panel=chosen,
        message=None if error is None else str(plain(error, visitor.language())),
        of_tablet=0 if chosen is None else times.count_of(session, chosen.Execution.device_id, g.me.tag),
        in_utc=in_utc,
        typed=request.form,
    )


def _rows() -> Any:
    query = (
        select(Execution, WorkOrder, Meter, EnrolledTablet.name.label("tablet"))
        .join(WorkOrder, (WorkOrder.id == Execution.work_order_id) & (WorkOrder.serial == Execution.serial))
        .join(Meter, Meter.serial == Execution.serial)
        .join(EnrolledTablet, EnrolledTablet.id == Execution.device_id)
    )
    return scoped(query.where(*times.WAITING))


def _chosen(session: Session) -> Any:
    return session.execute(_rows().where(Execution.key == request.args["time"])).one_or_none() or abort(404)


def _list() -> Report:
    columns = [
        of_meter("serial number", Meter.serial, "serial"),
        of_meter("POD name", Meter.pod),
        Column("activity type", WorkOrder.activity, lambda row: Activity(row.WorkOrder.activity).label, link=_link),
        Column("sent by tablet", EnrolledTablet.name, lambda row: row.tablet, secondary=True),
        Column("why", Execution.clock_doubt, _doubt_words, "words", mark=lambda _row: "m-unknown"),
        Column("time told", Execution.executed_at, lambda row: local(row.Execution.executed_at), "time"),
        Column("time corrected", Execution.corrected_at, lambda row: local(row.Execution.corrected_at), "time"),
        Column("received", Execution.received_at, lambda row: local(row.Execution.received_at), "time", secondary=True),
    ]
    return Report(
        title=visitor.t("times"),
        path="/times",
        query=_rows(),
        columns=columns,
        groups=[
            ["POD name", "serial number"],
            ["activity type"],
            ["sent by tablet"],
            ["why"],
            ["time told"],
            ["time corrected"],
            ["received"],
        ],
        filters=[Filter("serial number", Execution.serial), Filter("sent by tablet", EnrolledTablet.name)],
        default_sort="-received",
        tie=(Execution.key,),
        is_report=False,
        caption=visitor.t("times_explained"),
        key=lambda row: row.Execution.key,
    )


def _doubt_words(row: Any) -> str:
    return visitor.t(f"doubt_{row.Execution.clock_doubt}")


def _link(row: Any) -> str:
    return address(time=row.Execution.key)
