"""The audit, and the outcomes that a person has to decide."""

import json
from typing import Any

from flask import g, url_for
from sqlalchemy import SQLColumnExpression, case, select

from agent.domain.activity import Activity
from agent.smm.models import AuditEntry, Meter, UndecidedOutcome, WorkOrder
from agent.smm.pages import visitor
from agent.smm.pages.report import Column, Filter, Report, local
from agent.smm.pages.reports import scoped


def audit() -> Report:
    """Who did what, the latest first. A visitor with a tag sees only entries of that tag."""
    query = select(AuditEntry)
    columns = [
        Column("at", AuditEntry.at, lambda row: local(row.AuditEntry.at), "time"),
        Column("user", AuditEntry.actor, lambda row: row.AuditEntry.actor),
        Column("address", AuditEntry.address, lambda row: row.AuditEntry.address),
        Column("action", AuditEntry.action, lambda row: row.AuditEntry.action),
        Column("subject", AuditEntry.subject, lambda row: row.AuditEntry.subject),
        Column("tag", AuditEntry.tag, lambda row: row.AuditEntry.tag),
        Column("details", AuditEntry.action, lambda row: _details(row.AuditEntry.details), "words"),
    ]
    return Report(
        title=visitor.t("audit"),
        path="/audit",
        query=query.where(AuditEntry.tag == g.me.tag) if g.me.tag else query,
        columns=columns,
        groups=[[column.name] for column in columns],
        filters=[
            Filter("user", AuditEntry.actor),
            Filter("action", AuditEntry.action),
            Filter("subject", AuditEntry.subject),
            Filter("from", AuditEntry.at, bound="from"),
            Filter("to", AuditEntry.at, bound="to"),
        ],
        default_sort="-at",
        tie=(AuditEntry.id.desc(),),
    )


def undecided() -> Report:
    """Outcomes that no meter can tell; those still to be decided come first."""
    waits = UndecidedOutcome.decision.is_(None)
    decision = case((waits, "waits"), else_=UndecidedOutcome.decision)
    query = (
        select(UndecidedOutcome, WorkOrder)
        .join(WorkOrder, WorkOrder.id == UndecidedOutcome.work_order_id)
        .join(Meter, Meter.serial == UndecidedOutcome.serial)
    )
    states = [(value, visitor.t(value)) for value in ("waits", "applied", "not-applied")]
    return Report(
        title=visitor.t("undecided"),
        path="/undecided",
        query=scoped(query),
        columns=_undecided_columns(decision),
        groups=[
            ["idwo"],
            ["activity type"],
            ["POD name", "serial number"],
            ["decision"],
            ["raised"],
            ["decided by", "decided"],
            ["note"],
        ],
        filters=[
            Filter("POD name", Meter.pod),
            Filter("serial number", UndecidedOutcome.serial),
            Filter("decision", decision, states),
        ],
        default_sort="-raised",
        tie=(UndecidedOutcome.id.desc(),),
        first=case((waits, 1), else_=0),
        is_report=False,
    )


def _undecided_columns(decision: SQLColumnExpression[Any]) -> list[Column]:
    return [
        Column("idwo", WorkOrder.id, lambda row: row.WorkOrder.id, "number", link=_order_link),
        Column("activity type", WorkOrder.activity, lambda row: Activity(row.WorkOrder.activity).label),
        Column("POD name", Meter.pod, lambda row: row.WorkOrder.meter.pod),
        Column("serial number", UndecidedOutcome.serial, lambda row: row.UndecidedOutcome.serial, "serial"),
        Column("decision", decision, _decision, mark=_decision_mark),
        Column("raised", UndecidedOutcome.raised_at, lambda row: local(row.UndecidedOutcome.raised_at), "time"),
        Column("decided by", UndecidedOutcome.decided_by, lambda row: row.UndecidedOutcome.decided_by),
        Column("decided", UndecidedOutcome.decided_at, lambda row: local(row.UndecidedOutcome.decided_at), "time"),
        Column("note", UndecidedOutcome.note, lambda row: row.UndecidedOutcome.note, "words"),
    ]


def _details(details: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in sorted(details.items()))


def _decision(row: Any) -> str:
    return visitor.t(row.UndecidedOutcome.decision or "waits")


def _decision_mark(row: Any) -> str:
    return "m-unknown" if row.UndecidedOutcome.decision is None else "m-done"


def _order_link(row: Any) -> str:
    return url_for("pages.work_orders", order=row.WorkOrder.id)
