"""Prepayment profiles, tariffs and contracts: what orders can name."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain.errors import InputError
from agent.domain.exchange import PrepayProfileMessage
from agent.domain.words import plain
from agent.smm import audit, catalogue
from agent.smm.models import Contract, TariffPlan
from agent.smm.pages import visitor
from agent.smm.roles import Right

NUMBERS = ("credit_preset_wh", "warning_threshold_wh", "limit_wh", "emergency_credit_wh", "unit_charge")


def show(session: Session) -> Any:
    """The page; a POST adds a profile."""
    if request.method != "POST":
        return _render(session, None)
    visitor.require(Right.CATALOGUE)
    try:
        profile = _profile()
        catalogue.add_profile(session, profile)
        audit.note(session, g.me.username, "profile-added", profile.name)
    except InputError as error:
        return _render(session, str(plain(error, visitor.language()))), 400
    flash(visitor.t("saved", what=profile.name))
    return redirect(url_for("pages.profiles"))


def _profile() -> PrepayProfileMessage:
    """Raises: InputError, naming the field."""
    typed = {name: request.form.get(name, "").strip() for name in ("name", "mode", *NUMBERS)}
    try:
        return PrepayProfileMessage.model_validate_strings(typed)
    except ValidationError as error:
        raise InputError(code="bad-input", field=visitor.t(f"profile_{error.errors()[0]['loc'][0]}")) from None


def _render(session: Session, message: str | None) -> str:
    may_add = visitor.may(Right.CATALOGUE)
    return render_template(
        "profiles.html",
        profiles=catalogue.all_profiles(session),
        tariffs=list(session.scalars(select(TariffPlan).order_by(TariffPlan.model, TariffPlan.name))),
        contracts=list(session.scalars(select(Contract).order_by(Contract.model, Contract.threshold_w))),
        numbers=NUMBERS,
        may_add=may_add,
        is_open=may_add and "new" in request.args,
        typed=request.form,
        message=message,
    )
