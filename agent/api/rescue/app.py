"""The page of the rescue: what is there, what is missing, and three ways on. No script, so that it works anywhere.

It has addresses of its own: the page of the agent, which the browser keeps, would answer for `/`.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, Response, abort, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from agent.api.door import Door
from agent.api.rescue.words import WORDS
from agent.domain.errors import EplusError, InputError, StoreError
from agent.domain.words import language_of, plain, plain_code
from agent.store.rescue import Inspection, look, readable_lines, start_anew

_HERE = Path(__file__).parent
_CONTENT_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


@dataclass(frozen=True)
class RescueChoice:
    """`made` is set once the folder is that of a whole tablet. Files for the office go to `files`."""

    folder: Path
    files: Path
    made: threading.Event = field(default_factory=threading.Event)
    gate: threading.Lock = field(default_factory=threading.Lock)


def create_rescue_app(decision: RescueChoice, door: Door) -> Flask:
    """The app that is served until the decision is made, and for the moment that the agent takes to go on."""
    app = Flask(__name__, static_folder=None, template_folder=str(_HERE))
    app.before_request(door.guard)
    app.after_request(_harden)
    app.register_error_handler(EplusError, _failed)
    views = _Views(decision, door)
    app.add_url_rule("/health", view_func=views.health)
    app.add_url_rule("/rescue.css", view_func=views.style)
    app.add_url_rule("/", view_func=views.index)
    app.add_url_rule("/rescue", view_func=views.overview)
    app.add_url_rule("/rescue/sure", view_func=views.sure)
    for name, view in (("again", views.again), ("save", views.save), ("new", views.new)):
        app.add_url_rule(f"/rescue/{name}", view_func=view, methods=["POST"])
    return app


class _Views:
    def __init__(self, decision: RescueChoice, door: Door) -> None:
        self._decision = decision
        self._door = door

    def health(self) -> Response:
        return jsonify(ok=True, permitted=self._door.is_open(), rescue=True)

    def style(self) -> Response:
        return Response((_HERE / "page.css").read_bytes(), content_type="text/css; charset=utf-8")

    def index(self) -> ResponseReturnValue:
        if "token" in request.args:
            response = self._door.let_in()
            response.headers["Location"] = "/rescue"
            return response
        return self._wait() if self._decision.made.is_set() else redirect("/rescue", 303)

    def overview(self) -> ResponseReturnValue:
        self._only_own()
        return self._wait() if self._decision.made.is_set() else self._page()

    def sure(self) -> ResponseReturnValue:
        self._only_own()
        return _render("sure")

    def again(self) -> ResponseReturnValue:
        self._only_own()
        if self._look()[0].verdict != "ask":
            self._decision.made.set()
        return redirect("/" if self._decision.made.is_set() else "/rescue", 303)

    def save(self) -> ResponseReturnValue:
        self._only_own()
        name = f"eplus-rescue-{datetime.now(UTC):%Y%m%d-%H%M%S}.copy"
        try:
            saved = _write(self._decision.files / name, readable_lines(self._decision.folder))
        except (EplusError, OSError) as error:
            return self._page(failed=error if isinstance(error, EplusError) else StoreError(str(error)))
        return self._page(saved=saved)

    def new(self) -> ResponseReturnValue:
        self._only_own()
        try:
            with self._decision.gate:
                if not self._decision.made.is_set():
                    start_anew(self._decision.folder, datetime.now(UTC))
                    self._decision.made.set()
        except InputError as error:
            if error.code == "rescue-not-needed":
                self._decision.made.set()
        except EplusError as error:
            return self._page(failed=error)
        return redirect("/", 303)

    def _only_own(self) -> None:
        if not self._door.is_open():
            abort(403)

    def _look(self) -> tuple[Inspection, dict[str, int]]:
        with self._decision.gate:
            return look(self._decision.folder)

    def _wait(self) -> ResponseReturnValue:
        response = make_response(_render("wait"))
        response.headers["Refresh"] = "1; url=/"
        return response

    def _page(self, *, saved: Path | None = None, failed: EplusError | None = None) -> ResponseReturnValue:
        found, counts = self._look()
        words = WORDS[_language()]
        facts = [
            (words["database"], words[found.database]),
            (words["copy"], words["there" if found.has_copy else "missing"]),
            (words["key"], words["there" if found.has_key else "system"]),
            (words["work"], counts["waiting"]),
        ]
        error = plain_code(found.code or "rescue-needed", {}, _language())
        return _render("overview", error=error, facts=facts, saved=saved, failed=failed and plain(failed, _language()))


def _render(view: str, **content: object) -> str:
    return render_template("page.html", view=view, language=_language(), words=WORDS[_language()], **content)


def _failed(error: EplusError) -> ResponseReturnValue:
    return _render("failed", error=plain(error, _language()))


def _language() -> str:
    return language_of(request.accept_languages.best or "")


def _write(path: Path, lines: Iterable[bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.writelines(lines)
    return path


def _harden(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _CONTENT_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    # With `no-referrer` a browser would not say where a form comes from, and the door would refuse it.
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response
