"""The catalogue: prepayment profiles, tariffs and contracts that orders can name."""

import re
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain.errors import EplusError, InputError
from agent.domain.exchange import ChangeParameters, ContractMessage, PrepayProfileMessage, TariffPlanMessage
from agent.domain.exchange.convert import parameters_of
from agent.domain.words import plain
from agent.smm import audit, catalogue
from agent.smm.models import ContractRow, TariffPlanRow
from agent.smm.orders import approval
from agent.smm.pages import visitor
from agent.smm.pages.visitor import Visit
from agent.smm.people.roles import Right

_KINDS = {"1": "profile", "profile": "profile", "contract": "contract", "tariff": "tariff", "limit": "limit"}
NUMBERS = ("credit_preset_wh", "warning_threshold_wh", "limit_wh", "emergency_credit_wh", "unit_charge")


def show(visit: Visit) -> Any:
    """The page; a POST adds to the catalogue, or sets the limit above which a charge needs a second person."""
    session = visit.session
    if request.method != "POST":
        return _render(session, None)
    kind = request.args.get("new", "profile")
    visitor.require(Right.USERS if kind == "limit" else Right.CATALOGUE)
    try:
        name = _ADD.get(kind, _add_profile)(session)
    except InputError as error:
        return _render(session, str(plain(error, visitor.language()))), 400
    audit.note(session, g.me.username, f"{kind}-added", name)
    flash(visitor.t("saved", what=name))
    return redirect(url_for("pages.profiles"))


def _add_profile(session: Session) -> str:
    typed = {name: _typed(name) for name in ("name", "mode", *NUMBERS)}
    try:
        profile = PrepayProfileMessage.model_validate_strings(typed)
    except ValidationError as error:
        raise _bad(f"profile_{error.errors()[0]['loc'][0]}") from None
    catalogue.add_profile(session, profile)
    return profile.name


def _add_contract(session: Session) -> str:
    try:
        contract = ContractMessage.model_validate_strings({name: _typed(name) for name in ("name", "threshold_w")})
    except ValidationError as error:
        raise _bad(str(error.errors()[0]["loc"][0])) from None
    catalogue.add_contract(session, _model(), contract)
    return contract.name


def _add_tariff(session: Session) -> str:
    try:
        plan = TariffPlanMessage.model_validate_json(_typed("plan"))
        parameters_of(ChangeParameters(tariff=plan, contract=None), None)
    except (ValidationError, ValueError, EplusError):
        raise _bad("tariff_plan") from None
    catalogue.add_tariff(session, _model(), _typed("description")[:200], plan)
    return plan.name


def _set_limit(session: Session) -> str:
    text = _typed("limit")
    if text and not (text.isascii() and text.isdigit() and len(text) < 11):
        raise _bad("large_charges")
    approval.set_limit(session, int(text) if text else None)
    return visitor.t("large_charges")


_ADD = {"contract": _add_contract, "tariff": _add_tariff, "limit": _set_limit}


def _model() -> str:
    model = _typed("model").lower()
    if not re.fullmatch(r"[a-z0-9_-]{1,32}", model):
        raise _bad("meter_type")
    return model


def _typed(name: str) -> str:
    return request.form.get(name, "").strip()


def _bad(field: str) -> InputError:
    return InputError(code="bad-input", field=visitor.t(field))


def _render(session: Session, message: str | None) -> str:
    may_add = visitor.may(Right.CATALOGUE)
    return render_template(
        "profiles.html",
        profiles=catalogue.all_profiles(session),
        tariffs=list(session.scalars(select(TariffPlanRow).order_by(TariffPlanRow.model, TariffPlanRow.name))),
        contracts=list(session.scalars(select(ContractRow).order_by(ContractRow.model, ContractRow.threshold_w))),
        numbers=NUMBERS,
        limit=approval.limit(session),
        may_add=may_add,
        adding=_KINDS.get(request.args.get("new", "")) if may_add else None,
        typed=request.form,
        message=message,
    )
