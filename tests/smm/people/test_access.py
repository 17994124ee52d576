"""Tablets and technicians: who has access, and why others have not."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher, Type
from flask.testing import FlaskClient
from sqlalchemy import update

from agent.domain.sealing import unseal
from agent.smm.database import AUTO_APPROVE, Database, put_setting, utc_now
from agent.smm.models import EnrolledTablet, Meter, User
from agent.smm.people import access
from tests.smm.conftest import SERIAL, Tablet, everything_in


def test_enrolling_again_gives_the_same_tablet(tablet: Tablet) -> None:
    first, again = tablet.enrol(), tablet.enrol()
    assert first == again
    assert (first["id"], first["name"], first["state"]) == (tablet.id, "tablet-01", "approved")


@pytest.mark.parametrize(
    ("username", "password", "status", "code"),
    [
        ("claudio.silva", "wrong", 401, "login-wrong"),
        ("nobody", "bird-2026", 401, "login-wrong"),
        ("pedro.locked", "bird-2026", 403, "login-locked"),
        ("pedro.locked", "wrong", 401, "login-wrong"),
        ("ripa", "smm-2026", 403, "login-not-mobile"),
    ],
)
def test_who_is_not_let_in(tablet: Tablet, username: str, password: str, status: int, code: str) -> None:
    answer = tablet.log_in(username, password)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json["code"] == code


def test_guessing_a_password_costs_time_and_memory(real_hasher: PasswordHasher) -> None:
    assert real_hasher.type is Type.ID
    assert real_hasher.memory_cost >= 19 * 1024, "KiB"
    assert real_hasher.time_cost >= 2
    assert real_hasher.hash("x").startswith("$argon2id$")


def test_a_tablet_waits_for_approval_and_can_be_revoked(client: FlaskClient, database: Database) -> None:
    with database.begin() as session:
        put_setting(session, AUTO_APPROVE, "no")
    tablet = Tablet(client)
    assert tablet.log_in().json["code"] == "device-pending"
    for state, status in (("approved", 201), ("revoked", 403)):
        with database.begin() as session:
            session.execute(update(EnrolledTablet).values(state=state))
        assert tablet.log_in().status_code == status
    assert tablet.client.get("/api/v1/meters", headers=tablet.headers).json == {
        "type": "about:blank",
        "title": "This tablet is not approved",
        "status": 403,
        "code": "device-revoked",
    }


def test_a_session_ends(tablet: Tablet, monkeypatch: pytest.MonkeyPatch) -> None:
    later = utc_now() + access.SESSION_TIME + timedelta(seconds=1)
    monkeypatch.setattr("agent.smm.api.tablets.utc_now", lambda: later)
    answer = tablet.client.get("/api/v1/meters", headers=tablet.headers)
    assert (answer.status_code, answer.json and answer.json["code"]) == (401, "session-ended")


def test_a_locked_user_loses_the_session(tablet: Tablet, database: Database) -> None:
    with database.begin() as session:
        session.execute(update(User).values(locked=True))
    assert tablet.send(tablet.envelope()).status_code == 403


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer wrong", "Basic abc"])
def test_without_a_session_nothing(client: FlaskClient, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    assert client.get("/api/v1/meters", headers=headers).status_code == 401
    assert client.post("/api/v1/executions", json={"envelopes": [{}]}, headers=headers).status_code == 401


def test_the_directory_seals_to_this_tablet(tablet: Tablet) -> None:
    page = tablet.client.get("/api/v1/meters", headers=tablet.headers).json
    assert page is not None
    meter = next(meter for meter in page["meters"] if meter["serial"] == SERIAL)
    secret = unseal(tablet.sealing.private_bytes_raw(), bytes.fromhex(meter["sealed"]), SERIAL.encode())
    assert secret == b'{"lls_password": "524f53534f2d3033"}'
    again = tablet.client.get(f"/api/v1/meters?after={page['cursor']}", headers=tablet.headers).json
    assert again == page | {"meters": [], "deleted": [], "more": False}


def test_the_directory_tells_changes_and_deletions_within_the_tag(tablet: Tablet, database: Database) -> None:
    cursor = tablet.client.get("/api/v1/meters", headers=tablet.headers).json["cursor"]  # type: ignore[index]
    with database.begin() as session:
        gone, moved = session.get_one(Meter, SERIAL), session.get_one(Meter, "UAAEEDN11200129682")
        gone.deleted, gone.revision = True, 10
        moved.tag, moved.revision = "Italia", 11
    page = tablet.client.get(f"/api/v1/meters?after={cursor}", headers=tablet.headers).json
    assert page is not None
    assert (page["meters"], page["deleted"], page["cursor"]) == ([], [SERIAL], "10")


@pytest.mark.parametrize("cursor", ["x", "-1", "9" * 30, "1.5"])
def test_a_cursor_that_is_none(tablet: Tablet, cursor: str) -> None:
    assert tablet.client.get(f"/api/v1/meters?after={cursor}", headers=tablet.headers).status_code in (400, 422)


def test_no_secret_is_kept_in_the_clear(tablet: Tablet, database: Database) -> None:
    content = everything_in(database)
    for secret in ("bird-2026", "524f53534f2d3033", "ROSSO-03", b"ROSSO-03".hex(), tablet.token):
        assert secret not in content
