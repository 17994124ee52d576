"""The file of a tablet that cannot send what waits on it: an operator imports it instead."""

from datetime import datetime
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from agent.domain.errors import EplusError, InputError
from agent.domain.exchange import DeviceState
from agent.domain.parcel import Parcel, read_parcel
from agent.domain.words import plain
from agent.smm.database import utc_now
from agent.smm.intake.parcels import take_parcel
from agent.smm.models import User
from agent.smm.pages import visitor
from agent.smm.pages.visitor import Visit
from agent.smm.people.mobile_sessions import Technician


def show(visit: Visit) -> Any:
    """The page; a POST imports a file. Each envelope is a transaction of its own: that of the visit is not used."""
    if request.method != "POST":
        return _render()
    file = request.files.get("file")
    try:
        parcel = read_parcel(file.stream.read() if file is not None else b"")
        return _import(visit, parcel)
    except InputError as error:
        return _render(_words(error)), 400


def _import(visit: Visit, parcel: Parcel) -> Any:
    receipt = take_parcel(visit.database, visit.keys, _carrier(g.me, utc_now()), parcel, 0)
    if receipt.code is not None:
        raise InputError(code=receipt.code)
    counts = receipt.model_dump(include={"accepted", "duplicate", "refused"})
    flash(visitor.t("parcel_taken", device=parcel.head.device, **counts))
    if receipt.taken < parcel.head.count:
        flash(visitor.t("parcel_not_all", taken=receipt.taken, count=parcel.head.count))
    return redirect(url_for("pages.tablets"))


def _carrier(user: User, now: datetime) -> Technician:
    """Intake asks who brings something, and on which tablet: here on none."""
    return Technician(
        user_id=user.id,
        username=user.username,
        group=user.group,
        tag=user.tag,
        locked=user.locked,
        device_id="",
        device_state=DeviceState.APPROVED,
        signing_key="",
        sealing_key="",
        seen_at=now,
        expires_at=now,
    )


def _words(error: EplusError) -> str:
    return str(plain(error, visitor.language()))


def _render(message: str | None = None) -> str:
    return render_template("parcel_import.html", message=message)
