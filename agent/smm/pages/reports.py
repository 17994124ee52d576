"""The lists and reports, with their columns, filters and queries."""

from typing import Any

from flask import g
from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, contains_eager

from agent.domain.activity import Activity
from agent.domain.words import plain_code
from agent.smm.intake.facts import TARIFFS
from agent.smm.models import LastReading, Meter, WorkOrder
from agent.smm.pages import visitor
from agent.smm.pages.report import Column, Filter, Report, in_utc, local

Rows = Select[*tuple[Any, ...]]

_EXECUTED = ("executed", "executed-after-cancel")
_MARKS = {"executed": "m-done", "failed": "m-warn", "cancelled": "m-cancel", "executed-after-cancel": "m-late"}


def meters() -> Report:
    """All meters of the visitor's tag."""
    columns = [
        of_meter("concentrator", Meter.concentrator),
        of_meter("serial number", Meter.serial, "serial"),
        Column("reachable", Meter.reachable, lambda row: _boolean(row.Meter.reachable)),
        Column("meter type", Meter.model, lambda row: row.Meter.model.upper()),
        of_meter("version app1", Meter.app_version),
        of_meter("details", Meter.details),
        Column("is prepayed config", Meter.is_prepay_configured, lambda row: _boolean(row.Meter.is_prepay_configured)),
    ]
    return Report(
        title=visitor.t("meters"),
        path="/meters",
        query=scoped(select(Meter).where(Meter.deleted.is_(False))),
        columns=columns,
        groups=[[column.name] for column in columns],
        filters=[Filter("concentrator", Meter.concentrator), Filter("serial number", Meter.serial)],
        default_sort="serial number",
        tie=(Meter.serial,),
        has_times=False,
        is_report=False,
        key=lambda row: row.Meter.serial,
    )


def last_readings() -> Report:
    """The latest reading of each meter, however late it came in; meters that were never read are listed too."""
    query = select(Meter, LastReading).join(LastReading, LastReading.serial == Meter.serial)
    return Report(
        title="Last current reading for meters",
        path="/reports/last-readings",
        query=scoped(query.where(Meter.deleted.is_(False))),
        counted=scoped(select(Meter).where(Meter.deleted.is_(False))),
        columns=_reading_columns(),
        groups=[
            ["concentrator", "usagepoint"],
            ["serialnumber", "macaddress"],
            ["version app1"],
            ["state", "process state"],
            *([name] for name in TARIFFS),
            ["tot"],
            ["reading date local", "last insert"],
        ],
        filters=[
            Filter("concentrator", Meter.concentrator),
            Filter("usagepoint", Meter.pod),
            Filter("serialnumber", Meter.serial),
        ],
        default_sort="-reading date local",
        tie=(LastReading.serial,),
        may_lack=("reading date local",),
        caption="t1…t6, tot: Wh",
        gap=("tot", visitor.t("no_reading")),
    )


def _reading_columns() -> list[Column]:
    return [
        of_meter("concentrator", Meter.concentrator),
        of_meter("usagepoint", Meter.pod),
        of_meter("macaddress", Meter.mac),
        of_meter("serialnumber", Meter.serial, "serial"),
        of_meter("version app1", Meter.app_version),
        of_meter("state", Meter.state),
        of_meter("process state", Meter.process_state),
        *(_energy(name, getattr(LastReading, name)) for name in TARIFFS),
        _energy("tot", LastReading.total),
        Column("reading date local", LastReading.read_at, lambda row: local(row.LastReading.read_at), "time"),
        Column("last insert", LastReading.inserted_at, lambda row: local(row.LastReading.inserted_at), "time"),
    ]


def mobile_orders() -> Report:
    """Every mobile work order that has ended, successfully or not."""
    query = select(WorkOrder).join(Meter).where(WorkOrder.channel == "mobile", WorkOrder.ended_at.is_not(None))
    columns = [
        Column("id workorder mobile", WorkOrder.id, lambda row: row.WorkOrder.id, "number"),
        Column("serialnumber", WorkOrder.serial, lambda row: row.WorkOrder.serial, "serial"),
        Column("activity type", WorkOrder.activity, lambda row: Activity(row.WorkOrder.activity).label),
        Column("outer id", WorkOrder.outer_id, lambda row: row.WorkOrder.outer_id),
        Column("user creation", WorkOrder.created_by, lambda row: row.WorkOrder.created_by),
        Column("user execution", WorkOrder.executed_by, lambda row: row.WorkOrder.executed_by),
        Column("errordesc", WorkOrder.error_code, _error_words, "words", mark=_state_mark),
        *_times("insertdate", WorkOrder.inserted_at),
        *_times("downloaddate", WorkOrder.downloaded_at),
        *_times("enddate", WorkOrder.ended_at),
    ]
    order = ["insertdate", "downloaddate", "enddate"]
    utc_then_local = [f"{name} utc" for name in order] + [f"{name} local" for name in order]
    by_name = {column.name: column for column in columns}
    activities = [(activity.value, activity.label) for activity in Activity]
    return Report(
        title="Mobile workorder completed",
        path="/reports/mobile-work-orders",
        query=scoped(query),
        columns=[*columns[:7], *(by_name[name] for name in utc_then_local)],
        groups=[
            ["id workorder mobile"],
            ["serialnumber", "activity type"],
            ["outer id"],
            ["user creation", "user execution"],
            ["errordesc"],
            *([f"{name} utc", f"{name} local"] for name in order),
        ],
        filters=[
            Filter("serialnumber", WorkOrder.serial),
            Filter("activity type", WorkOrder.activity, activities),
        ],
        default_sort="-id workorder mobile",
        tie=(WorkOrder.id,),
    )


def commercial_orders() -> Report:
    """Commercial work that was executed, ordered in SMM or created on a tablet."""
    commercial = [activity for activity in Activity if activity.facts.commercial]
    orders = select(WorkOrder).join(WorkOrder.meter).options(contains_eager(WorkOrder.meter))
    query = orders.where(WorkOrder.state.in_(_EXECUTED), WorkOrder.activity.in_(commercial))
    return Report(
        title="Commercial workorder completed",
        path="/reports/commercial-work-orders",
        query=scoped(query),
        columns=_commercial_columns(),
        groups=[
            ["idwo"],
            ["pod", "meter"],
            ["activity type", "user"],
            ["contract profile", "tariff profile"],
            ["contract state"],
            ["enddate utc", "enddate local"],
            ["is mobile"],
        ],
        filters=[
            Filter("pod", Meter.pod),
            Filter("serialnumber", WorkOrder.serial),
            Filter("activity type", WorkOrder.activity, [(each.value, each.label) for each in commercial]),
            Filter("enddate from", WorkOrder.ended_at, bound="from"),
            Filter("enddate to", WorkOrder.ended_at, bound="to"),
        ],
        default_sort="-idwo",
        tie=(WorkOrder.id,),
    )


def _commercial_columns() -> list[Column]:
    return [
        Column("idwo", WorkOrder.id, lambda row: row.WorkOrder.id, "number"),
        Column("user", WorkOrder.created_by, lambda row: row.WorkOrder.created_by, mark=_state_mark),
        Column("pod", Meter.pod, lambda row: row.WorkOrder.meter.pod),
        Column("meter", WorkOrder.serial, lambda row: row.WorkOrder.serial, "serial"),
        Column("activity type", WorkOrder.activity, lambda row: Activity(row.WorkOrder.activity).label),
        Column("contract profile", Meter.contract_profile, lambda row: row.WorkOrder.meter.contract_profile),
        Column("tariff profile", Meter.tariff_profile, lambda row: row.WorkOrder.meter.tariff_profile),
        Column("contract state", Meter.contract_state, lambda row: row.WorkOrder.meter.contract_state),
        *_times("enddate", WorkOrder.ended_at),
        Column("is mobile", WorkOrder.channel, lambda row: _boolean(row.WorkOrder.channel == "mobile")),
    ]


def scoped(query: Rows) -> Rows:
    """Only rows that the visitor's tag allows; the query has the meters."""
    return query.where(Meter.tag == g.me.tag) if g.me.tag else query


def of_meter(
    name: str, attribute: InstrumentedAttribute[Any], kind: str = "text", *, secondary: bool = False
) -> Column:
    """A column that shows one attribute of the row's `Meter`."""
    return Column(name, attribute, lambda row: getattr(row.Meter, attribute.key), kind, secondary=secondary)


def _energy(name: str, attribute: InstrumentedAttribute[Any]) -> Column:
    return Column(name, attribute, lambda row: getattr(row.LastReading, attribute.key), "energy")


def _times(name: str, attribute: InstrumentedAttribute[Any]) -> list[Column]:
    return [
        Column(f"{name} utc", attribute, lambda row: in_utc(getattr(row.WorkOrder, attribute.key)), "time"),
        Column(f"{name} local", attribute, lambda row: local(getattr(row.WorkOrder, attribute.key)), "time"),
    ]


def _error_words(row: Any) -> str | None:
    order: WorkOrder = row.WorkOrder
    if order.error_code is None:
        return None
    return plain_code(order.error_code, order.error_params, visitor.language()).what


def _state_mark(row: Any) -> str | None:
    return _MARKS.get(row.WorkOrder.state)


def _boolean(value: bool) -> str:
    return "true" if value else "false"
