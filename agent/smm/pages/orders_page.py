"""Work orders: the list, and the panel where one is cancelled, handed out again, approved or decided."""

from typing import Any

from flask import abort, flash, g, redirect, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain.activity import Activity
from agent.domain.errors import EplusError, InputError
from agent.domain.exchange import OrderState
from agent.domain.words import plain, plain_warning
from agent.smm import audit
from agent.smm.database import utc_now
from agent.smm.keys import KeyBox
from agent.smm.models import EnrolledTablet, Execution, UndecidedOutcome, WorkOrder
from agent.smm.orders import approval, claims, decisions, ending
from agent.smm.orders.messages import summary
from agent.smm.pages import visitor
from agent.smm.pages.render import COUNTED, Choice, render_report
from agent.smm.pages.report import address, local
from agent.smm.pages.reports import scoped
from agent.smm.pages.visitor import Visit
from agent.smm.pages.work_lists import MARKS, STATES, counts, state_words, why, work_orders
from agent.smm.people.roles import Right

_RIGHTS = {"settle": Right.SETTLE, "approve": Right.APPROVE}
_NOT_CLAIMED = (OrderState.AVAILABLE, OrderState.AWAITING_APPROVAL)


def show(visit: Visit) -> Any:
    """The page; a POST carries out what was chosen in the panel."""
    session = visit.session
    if request.method != "POST":
        return _render(session, None)
    action = request.form.get("do", "")
    visitor.require(_RIGHTS.get(action, Right.ORDER))
    try:
        with session.begin_nested():
            done = _do(session, visit.keys, action, _number())
            audit.note(session, g.me.username, f"order-{action}", str(_number()), g.me.tag)
    except EplusError as error:
        return _render(session, error), 400
    flash(done)
    return redirect(address(order=_number()))


def _number() -> int:
    text = request.args.get("order", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else abort(404)


def _do(session: Session, keys: KeyBox, action: str, number: int) -> str:
    now, me = utc_now(), g.me
    if action == "settle":
        outcome = decisions.waiting_for(session, number, me.tag)
        decision = decisions.parse_decision(request.form.get("decision", ""))
        decisions.decide(session, outcome, decision, request.form.get("note", ""), me.username, now)
        return visitor.t("settled", order=number, decision=visitor.t(decision))
    order = claims.get_current(session, number, me.tag, now)
    match action:
        case "cancel":
            ending.ask_to_cancel(order, me.username, now)
            asked = order.state == OrderState.CLAIMED
            return visitor.t("cancel_was_asked" if asked else "was_cancelled", order=number)
        case "confirm":
            ending.confirm_cancel(order, me.username, now)
            return visitor.t("was_cancelled", order=number)
        case "approve":
            approval.approve(session, keys, order, me.username, now)
            return visitor.t("was_approved", order=number)
        case "again":
            ending.hand_out_again(order, now)
            return visitor.t("handed_out", order=number)
        case _:
            raise InputError(code="bad-input", field="do")


def _render(session: Session, error: EplusError | None) -> str:
    order = _shown(session) if "order" in request.args else None
    numbers = counts(session)
    tabs = [_tab(state.value, visitor.t(f"state_{state}"), MARKS[state], numbers[state]) for state in STATES]
    return render_report(
        session,
        work_orders(utc_now()),
        Choice(current=None if order is None else str(order.id)),
        template="work_orders.html",
        tabs=[_tab("", visitor.t("all"), None, sum(numbers.values())), *tabs],
        panel=None if order is None else _panel(session, order, error),
    )


def _tab(state: str, label: str, mark: str | None, count: int) -> dict[str, Any]:
    return {
        "url": address(state=state, page=1),
        "label": label,
        "mark": mark,
        "count": str(count) if count <= COUNTED else f"> {COUNTED}",
        "chosen": state == request.args.get("state", ""),
    }


def _shown(session: Session) -> WorkOrder:
    query = scoped(select(WorkOrder).join(WorkOrder.meter).where(WorkOrder.id == _number()))
    order: WorkOrder = session.scalar(query) or abort(404)
    return order


def _panel(session: Session, order: WorkOrder, error: EplusError | None) -> dict[str, Any]:
    outcomes = list(session.scalars(select(UndecidedOutcome).where(UndecidedOutcome.work_order_id == order.id)))
    executions = list(session.scalars(select(Execution).where(Execution.work_order_id == order.id)))
    waiting = next((outcome for outcome in outcomes if outcome.decision is None), None)
    of_smm, now = order.origin == "smm", utc_now()
    is_claimed = of_smm and order.state == OrderState.CLAIMED
    return {
        "order": order,
        "activity": Activity(order.activity).label,
        "summary": summary(order),
        "state": state_words(order),
        "mark": MARKS[order.state],
        "why": why(order, 0, now),
        "trace": _trace(session, order, executions, outcomes),
        "warnings": _warnings(executions),
        "waiting": waiting,
        "typed": request.form,
        "message": None if error is None else str(plain(error, visitor.language())),
        "may_cancel": of_smm and order.cancel_requested_by is None and (is_claimed or order.state in _NOT_CLAIMED),
        "may_approve": order.state == OrderState.AWAITING_APPROVAL and order.created_by != g.me.username,
        "may_confirm": is_claimed and order.cancel_requested_by is not None,
        "may_hand_out": is_claimed and order.cancel_requested_by is None,
    }


def _warnings(executions: list[Execution]) -> list[str]:
    """What was odd about the meter, in words: the parts of a load profile say the same."""
    codes = dict.fromkeys(code for execution in executions for code in execution.payload.get("warnings", ()))
    return [plain_warning(code, visitor.language()) for code in codes]


def _trace(
    session: Session, order: WorkOrder, executions: list[Execution], outcomes: list[UndecidedOutcome]
) -> list[tuple[Any, str, str]]:
    """What happened to the order: time, mark and text, the earliest first."""
    t = visitor.t
    steps = [(order.inserted_at, "m-done", t("trace_created", user=order.created_by))]
    if order.approved_at is not None:
        steps.append((order.approved_at, "m-done", t("trace_approved", user=order.approved_by)))
    if order.downloaded_at is not None:
        steps.append((order.downloaded_at, "m-now", t("trace_claimed", tablet=_tablet(session, order.lease_device))))
    if order.cancel_requested_at is not None:
        steps.append((order.cancel_requested_at, "m-cancel", t("cancel_asked", user=order.cancel_requested_by)))
    if order.state == OrderState.CANCELLED and order.ended_at is not None:
        steps.append((order.ended_at, "m-cancel", t("state_cancelled")))
    for execution in executions:
        steps.append(
            (
                execution.received_at,
                "m-late" if execution.standing != "counted" else "m-done",
                _execution_text(session, execution),
            )
        )
    for outcome in outcomes:
        if outcome.decided_at is not None:
            decision = t(outcome.decision or "applied")
            words = t("trace_decided", user=outcome.decided_by, decision=decision, note=outcome.note or "–")
            steps.append((outcome.decided_at, "m-done", words))
    return [(local(moment), mark, words) for moment, mark, words in sorted(steps, key=lambda step: step[0])]


def _execution_text(session: Session, execution: Execution) -> str:
    return visitor.t(
        f"trace_{execution.standing}",
        tablet=_tablet(session, execution.device_id),
        kind=execution.payload.get("kind", "?"),
        part=execution.part,
        parts=execution.parts,
    )


def _tablet(session: Session, number: str | None) -> str:
    tablet = None if number is None else session.get(EnrolledTablet, number)
    return "?" if tablet is None else tablet.name
