"""The pages as a table: address, methods, view, and the right that a visitor needs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort, redirect, url_for

from agent.smm.pages import (
    journal,
    login,
    meter_import,
    order_panel,
    orders_page,
    profiles,
    reports,
    tablets,
    times,
    users,
)
from agent.smm.pages.render import csv_response, render_report
from agent.smm.pages.report import Report
from agent.smm.pages.visitor import Visit
from agent.smm.people.roles import Right

READ, FORM = ("GET",), ("GET", "POST")


@dataclass(frozen=True)
class OpenRoute:
    """A page that needs no login; `endpoint` is its name for `url_for`."""

    path: str
    endpoint: str
    view: Callable[..., Any]
    methods: tuple[str, ...] = READ


@dataclass(frozen=True)
class Route:
    """A page for those who are logged in.

    `see` is the right to look at it, which everybody has where it is None; `change` is the right to send its form.
    Where the right depends on what the form asks for, `change` is None and the view checks it.
    """

    path: str
    endpoint: str
    view: Callable[..., Any]
    methods: tuple[str, ...] = READ
    see: Right | None = None
    change: Right | None = None


_CSV: dict[str, Callable[[], Report]] = {
    "last-readings": reports.last_readings,
    "mobile-work-orders": reports.mobile_orders,
    "commercial-work-orders": reports.commercial_orders,
}


def _home(_visit: Visit) -> Any:
    return redirect(url_for("pages.last_readings"))


def _list(report: Callable[[], Report]) -> Callable[[Visit], str]:
    return lambda visit: render_report(visit.session, report())


def _orders_for(meter_list: order_panel.MeterList) -> Callable[[Visit], Any]:
    return lambda visit: order_panel.show(visit, meter_list)


def _audit_csv(visit: Visit) -> Any:
    return csv_response(visit.database, journal.audit())


def _report_csv(visit: Visit, name: str) -> Any:
    return csv_response(visit.database, _CSV[name]()) if name in _CSV else abort(404)


OPEN_ROUTES = (
    OpenRoute("/login", "log_in", login.log_in, FORM),
    OpenRoute("/logout", "log_out", login.log_out, ("POST",)),
    OpenRoute("/language/<code>", "set_language", login.set_language),
)

ROUTES = (
    Route("/", "home", _home),
    Route("/meters", "meters", _orders_for(order_panel.METERS), FORM, change=Right.ORDER),
    Route("/meters/import", "meter_import", meter_import.show, FORM, Right.IMPORT),
    Route("/commissioned-meters", "commissioned", _orders_for(order_panel.COMMISSIONED), FORM, change=Right.ORDER),
    Route("/work-orders", "work_orders", orders_page.show, FORM),
    Route("/undecided", "undecided", _list(journal.undecided)),
    Route("/times", "times", times.show, FORM, change=Right.SETTLE),
    Route("/tablets", "tablets", tablets.show, FORM, change=Right.TABLETS),
    Route("/audit", "audit", _list(journal.audit), see=Right.AUDIT),
    Route("/audit.csv", "audit_csv", _audit_csv, see=Right.AUDIT),
    Route("/profiles", "profiles", profiles.show, FORM),
    Route("/reports/last-readings", "last_readings", _list(reports.last_readings)),
    Route("/reports/mobile-work-orders", "mobile_orders", _list(reports.mobile_orders)),
    Route("/reports/commercial-work-orders", "commercial_orders", _list(reports.commercial_orders)),
    Route("/reports/<name>.csv", "report_csv", _report_csv),
    Route("/users", "users", users.show, FORM, change=Right.USERS),
)
