"""Meters from a file: checked first, with what is wrong line by line; imported by a second button."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from agent.domain.errors import EplusError, InputError
from agent.domain.words import plain
from agent.smm import audit
from agent.smm.database import utc_now
from agent.smm.importing import drafts
from agent.smm.importing.checking import COLUMNS, KEYS
from agent.smm.importing.reading import read_lines
from agent.smm.importing.taking_in import Outcome, take_in
from agent.smm.keys import KeyBox
from agent.smm.pages import visitor
from agent.smm.pages.visitor import Visit

MAX_FILE = 32 << 20
SHOWN_FAULTS = 200


def show(visit: Visit) -> Any:
    """The page; a POST checks a file, or imports one that was checked."""
    if request.method != "POST":
        return _render()
    try:
        return (_import if "draft" in request.form else _check)(visit.session, visit.keys)
    except InputError as error:
        return _render(message=_words(error)), 400


def _check(session: Session, keys: KeyBox) -> Any:
    file = request.files.get("file")
    lines = read_lines(file.stream.read() if file is not None else b"")
    outcome = take_in(session, keys, lines, g.me.tag, dry_run=True)
    if outcome.faults:
        return _render(outcome), 400
    return _render(outcome, draft=drafts.keep(session, keys, lines, g.me.username, utc_now()))


def _import(session: Session, keys: KeyBox) -> Any:
    lines = drafts.take(session, keys, request.form["draft"], g.me.username, utc_now())
    outcome = take_in(session, keys, lines, g.me.tag, dry_run=False)
    if outcome.faults:
        return _render(outcome), 400
    audit.note(session, g.me.username, "meters-imported", "", g.me.tag, added=outcome.added, changed=outcome.changed)
    flash(visitor.t("imported", added=outcome.added, changed=outcome.changed))
    return redirect(url_for("pages.meters"))


def _words(error: EplusError) -> str:
    return str(plain(error, visitor.language()))


def _render(outcome: Outcome | None = None, draft: str | None = None, message: str | None = None) -> str:
    faults = outcome.faults if outcome is not None else ()
    return render_template(
        "import.html",
        message=message,
        outcome=outcome,
        faults=[(fault.line, _words(fault.error)) for fault in faults[:SHOWN_FAULTS]],
        draft=draft,
        columns=COLUMNS,
        key_columns=list(KEYS),
    )
