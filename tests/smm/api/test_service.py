"""What the service adds to its calls: lists sent again only if changed, limits, problem details, monitoring."""

import json
import logging
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from agent.smm import directory, watching
from agent.smm.api import limits
from agent.smm.app import MAX_BODY
from agent.smm.database import Database
from tests.smm.conftest import SERIAL, Tablet

LISTS = ("/work-orders", "/work-orders/claimed", "/meters", "/prepay-profiles")


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_sent_again_only_if_there_is_something_new(tablet: Tablet, path: str) -> None:
    first = tablet.get(path)
    again = {**tablet.headers, "If-None-Match": first.headers["ETag"]}
    assert first.status_code == 200
    answer = tablet.client.get(f"/api/v1{path}", headers=again)
    assert (answer.status_code, answer.data) == (304, b"")


def test_a_claim_makes_the_lists_new(tablet: Tablet) -> None:
    paths = ("/work-orders", "/work-orders/claimed")
    tags = {path: tablet.get(path).headers["ETag"] for path in paths}
    number = tablet.get("/work-orders").json["orders"][0]["id"]
    tablet.post(f"/work-orders/{number}/claim")
    for path in paths:
        headers = {**tablet.headers, "If-None-Match": tags[path]}
        assert tablet.client.get(f"/api/v1{path}", headers=headers).status_code == 200


def test_one_client_cannot_keep_the_others_out(
    client: FlaskClient, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "KNOWN_A_MINUTE", 5)
    answers = [tablet.get("/prepay-profiles") for _ in range(12)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert 2 <= len(refused) <= 8, "a new minute may begin in between"
    assert refused[0].json["code"] == "rate-limited"
    assert 1 <= int(refused[0].headers["Retry-After"]) <= 60
    other = Tablet(client)
    assert other.log_in().status_code == 201
    assert other.get("/prepay-profiles").status_code == 200


@pytest.mark.parametrize("error", [OperationalError("SELECT", {}, Exception("gone")), NoConnection("no connection")])
def test_whoever_is_turned_away_learns_when_to_come_back(
    client: FlaskClient, tablet: Tablet, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The database is gone, or all its connections are in use."""

    def refuse(*_anything: object) -> None:
        raise error

    monkeypatch.setattr(directory, "last_revision", refuse)
    answers = [tablet.send()]
    monkeypatch.setattr("agent.smm.database.Database.is_current", lambda _self: False)
    answers.append(client.get("/readyz"))
    monkeypatch.setattr("agent.smm.people.mobile_sessions.find", refuse)
    answers.append(tablet.get("/meters"))
    for answer in answers:
        assert answer.status_code == 503
        assert 1 <= int(answer.headers["Retry-After"]) <= 60


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/v1/executions", {"Content-Encoding": "gzip"}, 415),
        ("/api/v1/executions", {}, 413),
        ("/login", {"Content-Type": "application/x-www-form-urlencoded"}, 413),
        ("/api/v1/nothing", {}, 404),
    ],
)
def test_too_much_or_nothing_is_refused_in_words(
    tablet: Tablet, path: str, headers: dict[str, str], status: int
) -> None:
    body = b" " * (100 << 20) if status == 413 else b"x"
    answer = tablet.client.post(path, data=body, headers={**tablet.headers, **headers})
    assert answer.status_code == status
    if path.startswith("/api/"):
        assert answer.content_type == "application/problem+json"
        assert answer.json is not None and answer.json["title"]
    else:
        assert "demasiado grande" in answer.text or "too large" in answer.text


def test_the_largest_message_is_as_long_as_the_contract_says() -> None:
    assert MAX_BODY == 4 << 20


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_connections_that_died_while_nobody_used_them_are_replaced(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.smm.database.IDLE_SECONDS", 0.0)
    with database.begin() as session, database.begin() as other:
        session.execute(select(1))
        other.execute(select(1))
    with Database(database.url).begin() as session:
        others = "datname = current_database() AND pid != pg_backend_pid()"
        session.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
    with database.begin() as session, database.begin() as other:
        assert session.scalar(select(1)) == other.scalar(select(1)) == 1


def test_numbers_for_prometheus(client: FlaskClient, tablet: Tablet) -> None:
    envelope = tablet.envelope()
    tablet.send(envelope, envelope)
    numbers = client.get("/metrics").text
    assert 'eplus_receipts_total{state="accepted"}' in numbers
    assert 'route="/api/v1/executions"' in numbers
    assert 'eplus_open_orders{state="available"}' in numbers
    assert 'eplus_tablets{state="approved"} 1.0' in numbers
    assert SERIAL not in numbers and "ROSSO" not in numbers


def test_a_request_is_one_line_without_secrets(tablet: Tablet) -> None:
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Keep()
    handler.setFormatter(watching.JsonLines())
    watching.log.addHandler(handler)
    watching.log.setLevel(logging.INFO)
    try:
        answer = tablet.client.get("/api/v1/meters?after=0", headers={**tablet.headers, "X-Request-Id": "abc-1"})
        tablet.log_in(password="a secret")
        tablet.send(tablet.envelope())
    finally:
        watching.log.removeHandler(handler)
        watching.log.setLevel(logging.NOTSET)
    first: dict[str, Any] = json.loads(lines[0])
    assert answer.headers["X-Request-Id"] == "abc-1"
    assert {**first, "ms": 0, "at": ""} == {
        "at": "",
        "level": "info",
        "event": "request",
        "id": "abc-1",
        "method": "GET",
        "route": "/api/v1/meters",
        "status": 200,
        "ms": 0,
    }
    for secret in (tablet.token, "a secret", SERIAL, "claudio"):
        assert secret not in "".join(lines)
