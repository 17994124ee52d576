"""What an answer that is not as hoped for means: SMM's own refusal, SMM in trouble, or somebody else in its place."""

import email.utils
from datetime import datetime
from urllib.parse import urljoin, urlsplit

import httpx
from pydantic import ValidationError

from agent.domain.errors import CentralError, ErrorParams, LoginRefused, OrderRefused, SmmBusy, SmmFault
from agent.domain.exchange import Problem

SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 1, 3600
"""Bounds of what a `Retry-After` may ask for."""

_ACCESS_CODES = frozenset(
    {"login-wrong", "login-not-mobile", "login-locked", "device-pending", "device-revoked", "session-ended"}
    | {"login-throttled"}
)
_ORDER_CODES = frozenset({"order-taken", "order-cancelled", "order-unknown", "order-ended", "outcome-undecided"})
_BY_PORTALS = frozenset({401, 403, 404, 405, 407, 511})


def is_from_elsewhere(response: httpx.Response, url: str) -> bool:
    """Whether another page answers in SMM's place: what a hotel's login page or a proxy says. SMM speaks JSON, also
    where it refuses, and never sends anybody to another host; the gateway in front of it may say 502 in HTML."""
    status = response.status_code
    if response.is_redirect:
        return urlsplit(urljoin(url, response.headers["location"])).netloc != urlsplit(url).netloc
    if is_json(response):
        return False
    return response.is_success or status in _BY_PORTALS


def is_json(response: httpx.Response) -> bool:
    """Whether the answer says that it is JSON, of whatever kind."""
    return "json" in response.headers.get("content-type", "")


def refusal(response: httpx.Response, *, with_session: bool) -> CentralError:
    """The error that an answer with a bad status means."""
    status = response.status_code
    problem = _problem(response)
    code = None if problem is None else problem.code
    if status in (401, 403, 429) and code in _ACCESS_CODES:
        return LoginRefused(f"HTTP {status}", code=code)
    if status in (404, 409, 422) and problem is not None and problem.code in _ORDER_CODES:
        refused = OrderRefused(f"HTTP {status}", code=problem.code)
        refused.params.update(_params(problem))
        return refused
    if status == 401 and with_session:
        return LoginRefused(f"HTTP {status}", code="session-ended")
    pause = pause_asked(response)
    if status in (429, 503) and pause is not None:
        return SmmBusy(f"HTTP {status} {code or ''}".strip(), status=status, seconds=pause)
    return SmmFault(f"HTTP {status} {code or ''}".strip(), status=status)


def pause_asked(response: httpx.Response) -> int | None:
    """Seconds that the answer asks to wait, within bounds. A date counts from the answer's own, as the tablet's clock
    may be wrong."""
    text = response.headers.get("retry-after", "").strip()
    if text.isdigit():
        seconds = float(text[:9])
    else:
        until, sent = _http_date(text), _http_date(response.headers.get("date", ""))
        if until is None or sent is None:
            return None
        seconds = (until - sent).total_seconds()
    return round(min(max(seconds, SHORTEST_PAUSE_S), LONGEST_PAUSE_S))


def _http_date(text: str) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else None


def _problem(response: httpx.Response) -> Problem | None:
    try:
        return Problem.model_validate_json(response.content)
    except ValidationError:
        return None


def _params(problem: Problem) -> ErrorParams:
    """The parameters of the code's message, as far as they are plain values."""
    params = (problem.model_extra or {}).get("params")
    given = params if isinstance(params, dict) else {}
    return {str(name): value for name, value in given.items() if isinstance(value, str | int)}
