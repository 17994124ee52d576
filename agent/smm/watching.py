"""What operations sees of the service: a line of JSON for each request, and numbers for Prometheus.

Neither ever contains keys, tokens, message bodies or customer data. A line names the route, not the URL.
"""

import json
import logging
import os
import re
import sys
import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agent.domain.exchange import OrderState
from agent.smm.models import EnrolledTablet, Event, UndecidedOutcome, WorkOrder

log = logging.getLogger("eplus.smm")

_NUMBERS = CollectorRegistry()
_REQUESTS = Counter("eplus_requests", "Requests", ["method", "route", "status"], registry=_NUMBERS)
_SECONDS = Histogram("eplus_request_seconds", "How long requests took", ["route"], registry=_NUMBERS)
RECEIPTS = Counter("eplus_receipts", "Envelopes by receipt", ["state"], registry=_NUMBERS)
_MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
_OPEN = (OrderState.AWAITING_APPROVAL, OrderState.AVAILABLE, OrderState.CLAIMED, OrderState.UNDECIDED)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class JsonLines(logging.Formatter):
    """A record as one line of JSON; `extra={"facts": …}` adds fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def log_as_json() -> None:
    """Sends the log to standard error, one JSON object a line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    log.setLevel(logging.INFO)


def watch(app: Flask) -> None:
    """Counts and logs every request of the app."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex

    @app.after_request
    def end(response: Response) -> Response:
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        route = request.url_rule.rule if request.url_rule else "-"
        _REQUESTS.labels(request.method, route, str(response.status_code)).inc()
        _SECONDS.labels(route).observe(seconds)
        response.headers["X-Request-Id"] = g.get("request_id", "")
        facts = {
            "id": g.get("request_id"),
            "method": request.method,
            "route": route,
            "status": response.status_code,
            "ms": round(seconds * 1000, 1),
        }
        log.info("request", extra={"facts": facts})
        return response


def numbers(session: Session) -> bytes:
    """Prometheus' text format: the counters of all processes, and numbers from the database."""
    registry = CollectorRegistry()
    _of_database(session, registry)
    if os.environ.get(_MULTIPROCESS):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest(_NUMBERS) + generate_latest(registry)


def _of_database(session: Session, registry: CollectorRegistry) -> None:
    orders = Gauge("eplus_open_orders", "Work orders that have not ended", ["state"], registry=registry)
    for state in _OPEN:
        query = select(func.count()).select_from(WorkOrder).where(WorkOrder.state == state)
        orders.labels(state.value).set(session.scalar(query) or 0)
    waiting = select(func.count()).select_from(UndecidedOutcome).where(UndecidedOutcome.decision.is_(None))
    undecided = Gauge("eplus_undecided", "Outcomes that wait for a person", registry=registry)
    undecided.set(session.scalar(waiting) or 0)
    tablets = Gauge("eplus_tablets", "Tablets", ["state"], registry=registry)
    for state_name, count in session.execute(select(EnrolledTablet.state, func.count()).group_by(EnrolledTablet.state)):
        tablets.labels(state_name).set(count)
    last = session.scalar(select(Event.at).order_by(Event.id.desc()).limit(1))
    if last is not None:
        Gauge("eplus_last_event_seconds", "When the last event came in, since 1970", registry=registry).set(
            last.timestamp()
        )
