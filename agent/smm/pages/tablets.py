"""Tablets: when they were seen and what they have claimed; the panel approves or revokes one."""

from typing import Any

from flask import abort, flash, g, redirect, request
from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session

from agent.domain.exchange import DeviceState, OrderState, SequenceRange
from agent.smm import audit
from agent.smm.intake.numbers import absences_of, holes, received
from agent.smm.models import EnrolledTablet, MobileSession, ReportedAbsence, User, WorkOrder
from agent.smm.pages import visitor
from agent.smm.pages.render import Choice, render_report
from agent.smm.pages.report import Column, Filter, Report, address, local
from agent.smm.pages.visitor import Visit
from agent.smm.people.roles import Right

_MARKS = {DeviceState.PENDING: "m-todo", DeviceState.APPROVED: "m-done", DeviceState.REVOKED: "m-cancel"}
_NEXT = {"approve": DeviceState.APPROVED, "revoke": DeviceState.REVOKED}

_MOST_GAPS = 50


def show(visit: Visit) -> Any:
    """The page; a POST approves or revokes the tablet of the panel."""
    if request.method != "POST":
        return _render(visit.session)
    session, action = visit.session, request.form.get("do", "")
    tablet = _tablet(session)
    tablet.state = (_NEXT.get(action) or abort(400)).value
    if tablet.state == DeviceState.REVOKED:
        session.execute(delete(MobileSession).where(MobileSession.device_id == tablet.id))
    audit.note(session, g.me.username, f"tablet-{action}", tablet.name, g.me.tag, tablet=tablet.id)
    flash(visitor.t(f"tablet_{tablet.state}", name=tablet.name))
    return redirect(address())


def _render(session: Session) -> str:
    tablet = _tablet(session) if "tablet" in request.args and visitor.may(Right.TABLETS) else None
    return render_report(
        session,
        _list(),
        Choice(current=None if tablet is None else tablet.id),
        template="tablets.html",
        panel=tablet,
        claims=[] if tablet is None else _claims(session, tablet),
        gaps=[] if tablet is None else _gaps(session, tablet),
    )


def _gaps(session: Session, tablet: EnrolledTablet) -> list[tuple[str, str]]:
    """A mark and words for each range of numbers that is missing, or that the tablet will never send."""
    ranges, absences = received(session, tablet.id).ranges, absences_of(session, tablet.id)
    lines = [
        ("m-bad", _absence_words(absence, part))
        for absence in absences
        for part in holes(ranges, absence.last, absence.first)
    ]
    last = ranges[-1].last if ranges else 0
    asked = [("m-now", visitor.t("numbers_asked", **_span(part))) for part in holes([*ranges, *absences], last)]
    return [*lines, *asked][:_MOST_GAPS]


def _absence_words(absence: ReportedAbsence, part: SequenceRange) -> str:
    note = absence.note or "–"
    return visitor.t(f"absence_{absence.cause}", **_span(part), user=absence.reported_by, note=note)


def _span(part: SequenceRange) -> dict[str, object]:
    numbers = str(part.first) if part.first == part.last else f"{part.first}–{part.last}"
    return {"count": part.last - part.first + 1, "numbers": numbers}


def _list() -> Report:
    claims = (
        _claimed().with_only_columns(func.count()).where(WorkOrder.lease_device == EnrolledTablet.id).scalar_subquery()
    )
    absent = select(func.sum(ReportedAbsence.last - ReportedAbsence.first + 1))
    absent_count = absent.where(ReportedAbsence.device_id == EnrolledTablet.id).scalar_subquery()
    columns = [
        Column("name", EnrolledTablet.name, lambda row: row.EnrolledTablet.name, link=_link),
        Column("tablet", EnrolledTablet.id, lambda row: row.EnrolledTablet.id),
        Column("state", EnrolledTablet.state, _state_words, mark=lambda row: _MARKS[row.EnrolledTablet.state]),
        Column("pending claims", claims, lambda row: row.claims, "number"),
        Column("records absent", absent_count, lambda row: row.absent or 0, "number"),
        Column("last seen", EnrolledTablet.seen_at, lambda row: local(row.EnrolledTablet.seen_at), "time"),
        Column("enrolled", EnrolledTablet.enrolled_at, lambda row: local(row.EnrolledTablet.enrolled_at), "time"),
    ]
    return Report(
        title=visitor.t("tablets"),
        path="/tablets",
        query=select(EnrolledTablet, claims.label("claims"), absent_count.label("absent")).where(_is_of_tag()),
        columns=columns,
        groups=[[column.name] for column in columns],
        filters=[
            Filter("name", EnrolledTablet.name),
            Filter(
                "state", EnrolledTablet.state, [(state.value, visitor.t(f"device_{state}")) for state in DeviceState]
            ),
        ],
        default_sort="-last seen",
        tie=(EnrolledTablet.id,),
        is_report=False,
        key=lambda row: row.EnrolledTablet.id,
    )


def _is_of_tag() -> ColumnElement[bool]:
    """A tablet belongs to the tags of those who log in on it; one that waits for approval, to every tag."""
    if not g.me.tag:
        return EnrolledTablet.id.is_not(None)
    users = select(MobileSession.device_id).join(User, User.id == MobileSession.user_id)
    return or_(EnrolledTablet.state == DeviceState.PENDING, EnrolledTablet.id.in_(users.where(User.tag == g.me.tag)))


def _tablet(session: Session) -> EnrolledTablet:
    query = select(EnrolledTablet).where(EnrolledTablet.id == request.args.get("tablet", ""), _is_of_tag())
    tablet: EnrolledTablet = session.scalar(query) or abort(404)
    return tablet


def _claims(session: Session, tablet: EnrolledTablet) -> list[WorkOrder]:
    query = _claimed().where(WorkOrder.lease_device == tablet.id)
    return list(session.scalars(query.order_by(WorkOrder.id).limit(50)))


def _claimed() -> Any:
    return select(WorkOrder).where(WorkOrder.state == OrderState.CLAIMED, WorkOrder.origin == "smm")


def _state_words(row: Any) -> str:
    return visitor.t(f"device_{row.EnrolledTablet.state}")


def _link(row: Any) -> str | None:
    return address(tablet=row.EnrolledTablet.id) if visitor.may(Right.TABLETS) else None
