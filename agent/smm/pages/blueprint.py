"""Addresses of the pages."""

from pathlib import Path
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from agent.domain.group import MOBILE_GROUP
from agent.smm.audit import note
from agent.smm.database import Database, utc_now
from agent.smm.keys import KeyBox
from agent.smm.pages import journal, order_panel, orders_page, visitor
from agent.smm.pages import meter_import as meter_import_page
from agent.smm.pages import profiles as profiles_page
from agent.smm.pages import tablets as tablets_page
from agent.smm.pages import users as users_page
from agent.smm.pages.render import csv_response, render_report
from agent.smm.pages.reports import commercial_orders as commercial_orders_report
from agent.smm.pages.reports import last_readings as last_readings_report
from agent.smm.pages.reports import mobile_orders as mobile_orders_report
from agent.smm.people import login
from agent.smm.people.lockout import TooManyAttempts
from agent.smm.people.roles import Right

_HERE = Path(__file__).parent


def pages_blueprint(database: Database, keys: KeyBox) -> Blueprint:
    pages = Blueprint(
        "pages",
        __name__,
        template_folder=str(_HERE / "templates"),
        static_folder=str(_HERE / "static"),
        static_url_path="/static",
    )
    page = visitor.page(database)

    @pages.app_context_processor
    def words() -> dict[str, Any]:
        shared = {"t": visitor.t, "lang": visitor.language(), "me": g.get("me"), "csrf": visitor.csrf_field}
        return {**shared, "may": visitor.may}

    @pages.route("/login", methods=["GET", "POST"])
    def log_in() -> Any:
        visitor.check_form()
        if request.method == "GET":
            return render_template("login.html", message=None)
        username, password = request.form.get("username", "")[:100], request.form.get("password", "")[:200]
        try:
            user = login.check(database, username, password, request.remote_addr or "", utc_now())
        except TooManyAttempts:
            return render_template("login.html", message=visitor.t("login_throttled")), 429
        if user is None or user.locked:
            return render_template("login.html", message=visitor.t("login_wrong")), 401
        if user.group == MOBILE_GROUP:
            return render_template("login.html", message=visitor.t("login_mobile")), 403
        with database.begin() as session:
            visitor.log_in(session, user)
            note(session, user.username, "login", "", user.tag)
        return redirect(url_for("pages.last_readings"))

    @pages.post("/logout")
    def log_out() -> Any:
        visitor.check_form()
        with database.begin() as session:
            visitor.log_out(session)
        return redirect(url_for("pages.log_in"))

    @pages.get("/language/<code>")
    def set_language(code: str) -> Any:
        visitor.choose_language(code)
        return redirect(url_for("pages.home"))

    @pages.get("/")
    @page
    def home(_session: Session) -> Any:
        return redirect(url_for("pages.last_readings"))

    @pages.route("/meters", methods=["GET", "POST"])
    @page
    def meters(session: Session) -> Any:
        return order_panel.show(session, keys, order_panel.METERS)

    @pages.route("/meters/import", methods=["GET", "POST"])
    @page
    def meter_import(session: Session) -> Any:
        return meter_import_page.show(session, keys)

    @pages.route("/commissioned-meters", methods=["GET", "POST"])
    @page
    def commissioned(session: Session) -> Any:
        return order_panel.show(session, keys, order_panel.COMMISSIONED)

    @pages.route("/work-orders", methods=["GET", "POST"])
    @page
    def work_orders(session: Session) -> Any:
        return orders_page.show(session, keys)

    @pages.get("/undecided")
    @page
    def undecided(session: Session) -> Any:
        return render_report(session, journal.undecided())

    @pages.route("/tablets", methods=["GET", "POST"])
    @page
    def tablets(session: Session) -> Any:
        return tablets_page.show(session)

    @pages.get("/audit")
    @page
    def audit(session: Session) -> Any:
        visitor.require(Right.AUDIT)
        return render_report(session, journal.audit())

    @pages.get("/audit.csv")
    @page
    def audit_csv(_session: Session) -> Any:
        visitor.require(Right.AUDIT)
        return csv_response(database, journal.audit())

    @pages.route("/profiles", methods=["GET", "POST"])
    @page
    def profiles(session: Session) -> Any:
        return profiles_page.show(session)

    @pages.get("/reports/last-readings")
    @page
    def last_readings(session: Session) -> Any:
        return render_report(session, last_readings_report())

    @pages.get("/reports/mobile-work-orders")
    @page
    def mobile_orders(session: Session) -> Any:
        return render_report(session, mobile_orders_report())

    @pages.get("/reports/commercial-work-orders")
    @page
    def commercial_orders(session: Session) -> Any:
        return render_report(session, commercial_orders_report())

    @pages.get("/reports/<name>.csv")
    @page
    def report_csv(_session: Session, name: str) -> Any:
        reports = {
            "last-readings": last_readings_report,
            "mobile-work-orders": mobile_orders_report,
            "commercial-work-orders": commercial_orders_report,
        }
        return csv_response(database, reports[name]()) if name in reports else abort(404)

    @pages.route("/users", methods=["GET", "POST"])
    @page
    def users(session: Session) -> Any:
        return users_page.show(session)

    return pages
