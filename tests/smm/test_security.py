"""What an attacker or a broken tablet sends is refused with a reason, and changes nothing."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from agent.domain.group import MOBILE_GROUP
from agent.domain.sample import METERS
from agent.smm.app import create_app
from agent.smm.database import Database, utc_now
from agent.smm.models import EnrolledTablet, Execution, LoginFailures, Meter, User, WorkOrder
from agent.smm.people import users
from agent.smm.people.access import new_key
from agent.smm.people.users import NewUser
from tests.smm import samples
from tests.smm.conftest import SERIAL, Tablet
from tests.smm.pages.test_order_pages import ask, press
from tests.smm.pages.test_pages import form_token, log_in

pytestmark = pytest.mark.slow

PASSWORD = "a-password-2026"
HTML = "<img src=x onerror=alert(1)>"
SQL = "'; DROP TABLE meters; --"
LISTS = (
    "/meters",
    "/commissioned-meters",
    "/work-orders",
    "/undecided",
    "/reports/last-readings",
    "/reports/mobile-work-orders",
    "/reports/commercial-work-orders",
    "/tablets",
    "/users",
    "/audit",
)


@pytest.fixture
def admin(url: str) -> FlaskClient:
    client = create_app(url).test_client()
    assert log_in(client) == 302
    return client


@pytest.fixture
def stranger(url: str, database: Database) -> FlaskClient:
    """A user of another tag, with every right that a tag leaves."""
    with database.begin() as session:
        users.create(session, NewUser("strana", "Strana", "Administrator", "Italia", "en-US", "", ""), PASSWORD)
    client = create_app(url).test_client()
    assert log_in(client, "strana", PASSWORD) == 302
    return client


def first_order(database: Database) -> int:
    with database.read() as session:
        return session.scalars(select(WorkOrder.id).order_by(WorkOrder.id)).first() or 0


# ── what a tablet sends is shown as text, and found as text ──


def test_html_from_a_tablet_is_text(tablet: Tablet, admin: FlaskClient, database: Database) -> None:
    with database.begin() as session:
        session.execute(update(EnrolledTablet).values(name=HTML))
        session.execute(update(Meter).values(customer=HTML, address=HTML, details=HTML, app_version=HTML))
    number = tablet.get("/work-orders").json["orders"][0]["id"]
    fence = tablet.post(f"/work-orders/{number}/claim").json["fence"]
    refused = tablet.signed(samples.not_done(note=HTML), utc_now(), kind="credit-read", work_order=number, fence=fence)
    assert tablet.states(refused, tablet.failure("association-refused", diagnostic=HTML)) == ["accepted"] * 2
    for page in (*LISTS, f"/work-orders?order={number}", f"/tablets?tablet={tablet.id}", f"/meters?find={HTML}"):
        shown = admin.get(page).text
        assert "<img src=x" not in shown, page
    assert "&lt;img src=x" in admin.get("/reports/mobile-work-orders").text


def test_sql_from_a_tablet_or_a_visitor_is_text(tablet: Tablet, admin: FlaskClient, database: Database) -> None:
    assert tablet.get("/work-orders", search=SQL).json["orders"] == []
    assert tablet.states(tablet.failure("association-refused", diagnostic=SQL)) == ["accepted"]
    for page in LISTS:
        for field in ("find", "serial number", "serialnumber", "sort", "state", "page", "offset", "from", "POD name"):
            assert admin.get(page, query_string={field: SQL}).status_code == 200, (page, field)
    assert tablet.log_in(username=SQL, password=SQL).status_code == 401
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Meter)) == len(METERS)


def test_a_formula_is_text_in_a_csv(admin: FlaskClient, database: Database) -> None:
    with database.begin() as session:
        session.execute(update(Meter).values(concentrator="=cmd|' /C calc'!A0"))
    rows = admin.get("/reports/last-readings.csv").text
    assert "'=cmd" in rows and ";=cmd" not in rows and ",=cmd" not in rows


@pytest.mark.parametrize("text", ["\x00", "\ud800", "a" * 10_000])
def test_texts_that_no_database_keeps(tablet: Tablet, database: Database, text: str) -> None:
    envelope = tablet.envelope()
    envelope["payload"]["warnings"] = [text]
    body = json.dumps({"envelopes": [envelope, tablet.envelope(minutes=1)]})
    headers = {**tablet.headers, "Content-Type": "application/json"}
    answer = tablet.client.post("/api/v1/executions", data=body, headers=headers)
    assert answer.json is not None
    assert [receipt["state"] for receipt in answer.json["receipts"]] == ["rejected", "accepted"]
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Execution)) == 1


# ── somebody else's things ──


def test_another_areas_things_do_not_exist(stranger: FlaskClient, database: Database, tablet: Tablet) -> None:
    tablet.states(tablet.envelope())
    number = first_order(database)
    for page in (page for page in LISTS if page not in ("/users", "/audit")):
        assert SERIAL not in stranger.get(page).text, page
    for report in ("last-readings", "mobile-work-orders", "commercial-work-orders"):
        assert SERIAL not in stranger.get(f"/reports/{report}.csv").text
    assert stranger.get(f"/work-orders?order={number}").status_code == 404
    for action in ("cancel", "approve", "again", "confirm", "settle"):
        token = {"csrf": form_token(stranger, "/users"), "do": action, "decision": "applied", "note": "x"}
        assert stranger.post(f"/work-orders?order={number}", data=token).status_code in (400, 404)
    assert ask(stranger, "reading", SERIAL).status_code == 400
    token = {"csrf": form_token(stranger, "/users"), "do": "revoke"}
    assert stranger.post(f"/tablets?tablet={tablet.id}", data=token).status_code == 404
    assert stranger.get("/users").text.count("ripa") == 0
    with database.read() as session:
        assert session.get_one(WorkOrder, number).state == "available"
        assert session.get_one(EnrolledTablet, tablet.id).state == "approved"


def test_another_areas_orders_do_not_exist_for_a_tablet(url: str, database: Database) -> None:
    with database.begin() as session:
        users.create(session, NewUser("marco", "Marco", MOBILE_GROUP, "Italia", "it-IT", "", ""), PASSWORD)
    tablet = Tablet(create_app(url).test_client())
    tablet.log_in("marco", PASSWORD)
    number = first_order(database)
    assert tablet.get("/work-orders").json["orders"] == []
    assert tablet.get("/meters").json["meters"] == []
    assert tablet.post(f"/work-orders/{number}/claim").status_code == 404
    assert tablet.post(f"/work-orders/{number}/release").status_code == 404


def test_another_areas_key(client: FlaskClient, database: Database) -> None:
    with database.begin() as session:
        headers = {"Authorization": f"Bearer {new_key(session, 'crm', 'Italia', utc_now())}"}
    body = {"activity": "reading", "serials": [SERIAL]}
    assert client.post("/api/v1/work-orders", json=body, headers=headers).status_code == 422
    assert client.post(f"/api/v1/work-orders/{first_order(database)}/cancel", headers=headers).status_code == 404


def test_one_tablet_does_not_speak_for_another(client: FlaskClient, tablet: Tablet) -> None:
    other = Tablet(client)
    other.log_in()
    assert other.states(other.envelope(device=tablet.id)) == ["rejected"]
    assert other.states(tablet.envelope()) == ["accepted"], "but it may carry what the other one has signed"
    number = tablet.get("/work-orders").json["orders"][0]["id"]
    tablet.post(f"/work-orders/{number}/claim")
    assert other.post(f"/work-orders/{number}/release").status_code == 409
    assert other.get("/decisions", job="job-1").json["decisions"] == []


# ── more than a form or a message has ──


def test_fields_that_nobody_asked_for_change_nothing(admin: FlaskClient, database: Database) -> None:
    fields = {"name": "Ripa", "group": "Operator", "tag": "Chile", "culture": "it-IT"}
    more = {"id": "1", "password_hash": "x", "username": "somebody", "locked": "1", "is_admin": "1"}
    token = form_token(admin, "/users")
    with database.read() as session:
        before = session.scalars(select(User).where(User.username == "ripa")).one()
    assert admin.post("/users?user=ripa", data={"csrf": token, **fields, **more}).status_code == 302
    with database.read() as session:
        after = session.scalars(select(User).where(User.username == "ripa")).one()
    assert (after.id, after.password_hash, after.locked) == (before.id, before.password_hash, before.locked)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/devices", {"name": "x", "signing_key": "00" * 32, "sealing_key": "00" * 32, "state": "approved"}),
        ("/sessions", {"username": "ripa", "password": "x", "device": "T-1", "group": "Administrator"}),
        ("/work-orders", {"activity": "reading", "serials": [SERIAL], "created_by": "somebody", "state": "executed"}),
    ],
)
def test_messages_with_more_than_was_agreed(client: FlaskClient, path: str, body: dict[str, Any]) -> None:
    assert client.post(f"/api/v1{path}", json=body).status_code in (401, 422)


# ── forms and sessions ──


@pytest.mark.parametrize(
    "path", ["/users?new=1", "/tablets?tablet=x", "/profiles?new=limit", "/meters/import", "/logout"]
)
def test_a_form_of_another_site_does_nothing(admin: FlaskClient, path: str) -> None:
    assert admin.post(path, data={"csrf": "guessed", "limit": "1"}).status_code == 400


def test_a_session_from_before_the_login_is_worth_nothing(url: str) -> None:
    victim, thief = create_app(url).test_client(), create_app(url).test_client()
    thief.get("/login")
    planted = thief.get_cookie("session")
    assert planted is not None
    victim.set_cookie("session", planted.value)
    assert log_in(victim) == 302
    assert thief.get("/users").headers["Location"] == "/login"


def test_cookies_are_for_this_site_alone(client: FlaskClient) -> None:
    cookie = client.get("/login").headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie


@pytest.mark.parametrize("path", ["/login", "/users", "/api/v1/meters", "/openapi.json"])
def test_no_page_runs_what_is_not_ours(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_pressing_twice_is_pressing_once(admin: FlaskClient, database: Database) -> None:
    number = first_order(database)
    assert press(admin, number, "cancel").status_code == 302
    assert press(admin, number, "cancel").status_code in (302, 400)
    with database.read() as session:
        assert session.get_one(WorkOrder, number).state == "cancelled"


def test_behind_a_proxy_the_visitor_is_who_waits(url: str, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPLUS_SMM_PROXIES", "1")
    client = create_app(url).test_client()
    assert "Secure" in client.get("/login").headers["Set-Cookie"]
    credentials = {"username": "ripa", "password": "wrong", "device": "T-1"}
    headers = {"X-Forwarded-For": "6.6.6.6, 203.0.113.7"}  # the client itself can write the first
    assert client.post("/api/v1/sessions", json=credentials, headers=headers).status_code == 401
    with database.read() as session:
        assert session.get(LoginFailures, "address 203.0.113.7") is not None
