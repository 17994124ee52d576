"""Orders for chosen meters: the list to choose from, and the panel beside it that creates the orders."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import abort, flash, g, redirect, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain.activity import Activity
from agent.domain.errors import InputError, OrdersRefused
from agent.domain.prepayment import MAX_CHARGE_WH, parse_amount
from agent.domain.words import plain
from agent.smm import audit, catalogue
from agent.smm.database import utc_now
from agent.smm.models import Meter
from agent.smm.orders.charges import is_undecided
from agent.smm.orders.creating import create
from agent.smm.orders.request import MAX_METERS, MAX_REASON, WorkOrderRequest
from agent.smm.pages import visitor
from agent.smm.pages.render import Choice, render_report
from agent.smm.pages.report import Report, address
from agent.smm.pages.reports import meters, scoped
from agent.smm.pages.visitor import Visit
from agent.smm.pages.work_lists import commissioned
from agent.smm.people.requester import Requester
from agent.smm.people.roles import Right

_ICONS = {
    Activity.CREDIT_READ: "i-reading",
    Activity.CREDIT_CHARGE: "i-credit",
    Activity.CHANGE: "i-change",
    Activity.READING: "i-meter",
    Activity.LOAD_PROFILE: "i-over",
    Activity.PREPAY_CONFIG: "i-credit",
    Activity.DISCONNECT: "i-open",
    Activity.RECONNECT: "i-closed",
}
_OTHER_ICON = "i-meter"
_FIRST = (Activity.CREDIT_READ, Activity.CREDIT_CHARGE, Activity.CHANGE)
"""The buttons that come first; the others follow in the order of the activities."""


@dataclass(frozen=True)
class MeterList:
    """A list of meters, and the activities that may be ordered from it."""

    report: Callable[[], Report]
    activities: Sequence[Activity]
    heading: str


COMMISSIONED = MeterList(
    commissioned,
    (*_FIRST, *(each for each in Activity if each.facts.in_smm and each not in (*_FIRST, Activity.PREPAY_CONFIG))),
    "create_mobile",
)
METERS = MeterList(meters, (Activity.PREPAY_CONFIG,), "generate_mobile")


def show(visit: Visit, meter_list: MeterList) -> Any:
    """The page of the list; a POST creates the orders of the panel."""
    session = visit.session
    if request.method != "POST":
        return _render(session, meter_list, None)
    activity = _activity(meter_list, request.form.get("activity", ""))
    try:
        with session.begin_nested():
            requester = Requester(g.me.username, g.me.tag)
            key = request.form.get("once", "")[:100] or None
            numbers = create(session, visit.keys, _order_request(activity), requester, utc_now(), key)
            audit.note(session, g.me.username, "order-created", activity.value, g.me.tag, orders=numbers)
    except InputError as error:
        return _render(session, meter_list, error), 400
    flash(f"{visitor.t(f'sent_{activity.value}')} {_where(numbers)}")
    return redirect(address())


def _activity(meter_list: MeterList, text: str) -> Activity:
    return next((activity for activity in _orderable(meter_list) if activity == text), None) or abort(400)


def _orderable(meter_list: MeterList) -> list[Activity]:
    """What this visitor may order from the list."""
    if not visitor.may(Right.ORDER):
        return []
    return [activity for activity in meter_list.activities if g.me.group in activity.facts.ordered_by]


def _order_request(activity: Activity) -> WorkOrderRequest:
    form = request.form
    return WorkOrderRequest(
        activity=activity,
        serials=tuple(form.getlist("serial")),
        amount_wh=parse_amount(form.get("amount", "")) if activity is Activity.CREDIT_CHARGE else None,
        profile=form.get("profile") or None,
        tariff=form.get("tariff") or None,
        contract=form.get("contract") or None,
        reason=form.get("reason", "").strip()[:MAX_REASON] or None,
        outer_id=_guid(form.get("outer_id", "").strip()),
    )


def _guid(text: str) -> str | None:
    try:
        return str(UUID(text)) if text else None
    except ValueError:
        raise InputError(code="bad-input", field="outer id") from None


def _where(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return visitor.t("order_waits", order=numbers[0])
    return visitor.t("orders_wait", count=len(numbers), first=numbers[0], last=numbers[-1])


def _render(session: Session, meter_list: MeterList, error: InputError | None) -> str:
    wanted = request.values.getlist("serial")[:MAX_METERS]
    chosen = list(session.scalars(scoped(select(Meter).where(Meter.serial.in_(wanted))).order_by(Meter.pod)))
    wanted_panel = request.values.get("activity", "")
    is_open = wanted_panel and visitor.may(Right.ORDER)
    panel = _panel(session, _activity(meter_list, wanted_panel), chosen, error) if is_open else None
    return render_report(
        session,
        meter_list.report(),
        Choice(selected={meter.serial for meter in chosen}, selectable=visitor.may(Right.ORDER)),
        template="orders_for_meters.html",
        panel=panel,
        actions=[
            (activity.value, visitor.t(f"do_{activity.value}"), _ICONS.get(activity, _OTHER_ICON))
            for activity in _orderable(meter_list)
        ],
        heading=visitor.t(meter_list.heading),
        explanation=visitor.t("explain_prepay") if meter_list is METERS else None,
        may_import=meter_list is METERS and visitor.may(Right.IMPORT),
    )


def _panel(session: Session, activity: Activity, chosen: list[Meter], error: InputError | None) -> dict[str, Any]:
    """What the panel beside the list shows; after an error it keeps what was typed."""
    language = visitor.language()
    reasons = error.reasons if isinstance(error, OrdersRefused) else {}
    models = sorted({meter.model for meter in chosen})
    return {
        "activity": activity.value,
        "fields": activity.facts.order_fields,
        "max_reason": MAX_REASON,
        "title": visitor.t(f"do_{activity.value}"),
        "icon": _ICONS.get(activity, _OTHER_ICON),
        "meters": chosen,
        "message": None if error is None else str(plain(error, language)),
        "reasons": {serial: str(plain(reason, language)) for serial, reason in reasons.items()},
        "typed": request.form,
        "once": secrets.token_urlsafe(16),
        "max": MAX_CHARGE_WH,
        "undecided": [meter for meter in chosen if is_undecided(session, meter.serial)],
        "profiles": catalogue.all_profiles(session),
        "tariffs": [tariff for model in models for tariff in catalogue.tariffs(session, model)],
        "contracts": [contract for model in models for contract in catalogue.contracts(session, model)],
    }
