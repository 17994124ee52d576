"""Who may do what on the pages: groups, tags, locks, sessions that end, and passwords that cannot be guessed."""

import threading
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from agent.domain.group import AUDITOR_GROUP, ENGINEER_GROUP, MOBILE_GROUP
from agent.domain.sample import METERS
from agent.smm.app import create_app
from agent.smm.database import Database, utc_now
from agent.smm.models import AuditEntry, EnrolledTablet, LoginFailures, User, WebSession, WorkOrder
from agent.smm.orders import approval
from agent.smm.people import lockout, users
from agent.smm.people.lockout import MOST_OF_NAME
from agent.smm.people.roles import GROUPS, Right, may
from agent.smm.people.users import NewUser
from tests.smm.conftest import SERIAL, Tablet
from tests.smm.pages.test_order_pages import ask, press
from tests.smm.pages.test_pages import form_token, log_in

pytestmark = pytest.mark.slow

PASSWORD = "a-password-2026"


def add_user(database: Database, username: str, group: str, tag: str = "Chile") -> None:
    with database.begin() as session:
        users.create(session, NewUser(username, username, group, tag, "en-US", "", ""), PASSWORD)


def client_of(url: str, username: str, password: str = PASSWORD) -> FlaskClient:
    client = create_app(url).test_client()
    assert log_in(client, username, password) == 302
    return client


def actions(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_each_group_has_its_rights() -> None:
    rights = {group: {right for right in Right if may(group, right)} for group in GROUPS}
    assert rights[MOBILE_GROUP] == set()
    assert rights["Operator"] == {Right.ORDER, Right.SETTLE, Right.APPROVE, Right.PARCELS}
    assert rights[ENGINEER_GROUP] == rights["Operator"] | {Right.CATALOGUE, Right.IMPORT, Right.TABLETS}
    assert rights["Administrator"] == set(Right)
    assert rights[AUDITOR_GROUP] == {Right.AUDIT}


PAGES = (
    "/meters",
    "/commissioned-meters",
    "/work-orders",
    "/undecided",
    "/reports/last-readings",
    "/reports/mobile-work-orders",
    "/reports/commercial-work-orders",
    "/profiles",
    "/tablets",
    "/users",
)


def test_an_auditor_sees_everything_and_changes_nothing(url: str, database: Database, tablet: Tablet) -> None:
    add_user(database, "auditor", AUDITOR_GROUP, tag="")
    auditor = client_of(url, "auditor")
    for page in (*PAGES, "/audit", "/audit.csv"):
        assert auditor.get(page).status_code == 200, page
    assert ask(auditor, "reading").status_code == 403
    assert press(auditor, 1, "cancel").status_code == 403
    csrf = {"csrf": form_token(auditor, "/users")}
    for path in ("/users?new=1", "/profiles?new=profile", "/profiles?new=limit", f"/tablets?tablet={tablet.id}"):
        assert auditor.post(path, data={**csrf, "do": "revoke"}).status_code == 403, path
    with database.read() as session:
        assert session.get_one(EnrolledTablet, tablet.id).state == "approved"


def test_an_operator_does_not_see_the_audit(url: str) -> None:
    operator = client_of(url, "ripa", "smm-2026")
    answer = operator.get("/audit")
    assert answer.status_code == 403
    assert "Il suo gruppo" in answer.text or "gruppo" in answer.text


def test_what_is_done_is_in_the_audit(url: str, database: Database) -> None:
    admin = client_of(url, "GDS-ITA-Admin", "smm-2026")
    token = form_token(admin, "/users")
    fields = {"name": "Ana", "group": "Operator", "tag": "Chile", "culture": "es-CL", "password": PASSWORD}
    assert admin.post("/users?new=1", data={"csrf": token, "username": "ana", **fields}).status_code == 302
    assert admin.post("/users?user=ana", data={"csrf": token, "lock": "1"}).status_code == 302
    assert ask(admin, "reading").status_code == 302
    assert [a for a in actions(database) if a != "login"] == ["user-created", "user-locked", "order-created"]
    assert "user-locked" in admin.get("/audit").text
    assert PASSWORD not in admin.get("/audit.csv").text


def test_guessing_has_to_wait_and_a_new_password_ends_it(client: FlaskClient, database: Database) -> None:
    for _ in range(MOST_OF_NAME):
        assert log_in(client, "ripa", "wrong") == 401
    assert log_in(client, "ripa", "smm-2026") == 429
    with database.begin() as session:
        users.reset_password(session, users.get(session, "ripa"), PASSWORD)
    assert log_in(client, "ripa", PASSWORD) == 302


def test_waiting_ends_by_itself(database: Database) -> None:
    now = utc_now()
    for second in range(MOST_OF_NAME):
        with database.begin() as session:
            lockout.count_attempt(session, "eva", "10.0.0.1", now + timedelta(seconds=second))
    with database.begin() as session, pytest.raises(lockout.TooManyAttempts) as caught:
        lockout.count_attempt(session, "eva", "10.0.0.2", now + timedelta(minutes=1))
    with database.begin() as session:
        lockout.count_attempt(session, "eva", "10.0.0.2", caught.value.until)


def test_many_guesses_at_once_are_counted_one_by_one(url: str) -> None:
    log_in(create_app(url).test_client(), "ripa", "wrong")
    app = create_app(url)
    answers: list[int] = []

    def guess() -> None:
        answers.append(log_in(app.test_client(), "ripa", "wrong"))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(401) == MOST_OF_NAME - 1
    assert answers.count(429) == 12 - (MOST_OF_NAME - 1)


def test_a_technician_waits_too(tablet: Tablet) -> None:
    for _ in range(MOST_OF_NAME):
        assert tablet.log_in(password="wrong").status_code == 401
    answer = tablet.log_in()
    assert (answer.status_code, answer.json["code"]) == (429, "login-throttled")
    assert 0 < int(answer.headers["Retry-After"]) <= 900


def test_right_passwords_are_not_counted(client: FlaskClient, database: Database) -> None:
    for _ in range(MOST_OF_NAME + 1):
        assert log_in(client, "ripa", "smm-2026") == 302
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(LoginFailures)) == 0


def test_sessions_are_ended_by_an_administrator(url: str, tablet: Tablet) -> None:
    operator, admin = client_of(url, "ripa", "smm-2026"), client_of(url, "GDS-ITA-Admin", "smm-2026")
    token = form_token(admin, "/users")
    assert operator.get("/users").status_code == 200
    assert admin.post("/users?user=ripa", data={"csrf": token, "end": "1"}).status_code == 302
    assert operator.get("/users").headers["Location"] == "/login"
    assert tablet.get("/meters").status_code == 200
    assert admin.post("/users?user=claudio.silva", data={"csrf": token, "end": "1"}).status_code == 302
    assert tablet.get("/meters").status_code == 401


def test_a_stolen_cookie_is_worth_nothing_after_the_logout(url: str) -> None:
    operator = client_of(url, "ripa", "smm-2026")
    cookie = operator.get_cookie("session")
    assert cookie is not None
    assert operator.post("/logout", data={"csrf": form_token(operator, "/users")}).status_code == 302
    thief = create_app(url).test_client()
    thief.set_cookie("session", cookie.value)
    assert thief.get("/users").headers["Location"] == "/login"


def test_a_session_that_nobody_uses_ends(url: str, database: Database) -> None:
    operator = client_of(url, "ripa", "smm-2026")
    with database.begin() as session:
        session.execute(update(WebSession).values(seen_at=utc_now() - timedelta(hours=2)))
    assert operator.get("/users").headers["Location"] == "/login"


def test_nobody_locks_themselves_out_or_gives_themselves_rights(url: str, database: Database) -> None:
    admin = client_of(url, "GDS-ITA-Admin", "smm-2026")
    token = form_token(admin, "/users")
    me = "/users?user=GDS-ITA-Admin"
    assert admin.post(me, data={"csrf": token, "lock": "1"}).status_code == 400
    fields = {"name": "x", "group": "Auditor", "tag": "", "culture": "es-CL"}
    assert admin.post(me, data={"csrf": token, **fields}).status_code == 400
    with database.read() as session:
        user = session.scalars(select(User).where(User.username == "GDS-ITA-Admin")).one()
        assert (user.group, user.locked) == ("Administrator", False)


def test_with_a_tag_nobody_is_given_more_than_it(url: str, database: Database) -> None:
    add_user(database, "chief", "Administrator", tag="Chile")
    chief = client_of(url, "chief")
    token = form_token(chief, "/users")
    fields = {"name": "x", "group": "Operator", "culture": "es-CL", "password": PASSWORD}
    for tag in ("", "Italia"):
        data = {"csrf": token, "username": "new", "tag": tag, **fields}
        assert chief.post("/users?new=1", data=data).status_code == 400
    data = {"csrf": token, "tag": "", **fields}
    assert chief.post("/users?user=ripa", data=data).status_code == 400
    assert chief.post("/users?user=GDS-ITA-Admin", data=data).status_code == 400
    with database.read() as session:
        assert set(session.scalars(select(User.tag).where(User.username != "GDS-ITA-Admin"))) == {"Chile"}


def test_a_large_charge_needs_a_second_person(url: str, database: Database, tablet: Tablet) -> None:
    with database.begin() as session:
        session.execute(update(WorkOrder).values(state="cancelled"))
        approval.set_limit(session, 5000)
    add_user(database, "second", "Operator")
    first, second = client_of(url, "ripa", "smm-2026"), client_of(url, "second")
    assert ask(first, "credit-charge", amount="5000").status_code == 302
    assert ask(first, "credit-charge", METERS[1].serial, amount="5001").status_code == 302
    small, large = sorted(tablet.get("/work-orders").json["orders"], key=lambda order: order["id"])[0], None
    with database.read() as session:
        large = session.scalars(select(WorkOrder).where(WorkOrder.state == "awaiting-approval")).one()
    assert (small["serial"], large.token_id, large.sealed_token) == (SERIAL, None, None)
    assert tablet.post(f"/work-orders/{large.id}/claim").status_code == 409
    assert ask(first, "credit-charge", METERS[1].serial, amount="1").status_code == 400, "one open charge a meter"
    assert press(first, large.id, "approve").status_code == 400, "never the same person"
    assert press(second, large.id, "approve").status_code == 302
    assert press(second, large.id, "approve").status_code == 400, "once"
    assert tablet.post(f"/work-orders/{large.id}/claim").json["parameters"]["amount_wh"] == 5001
    assert "order-approve" in actions(database)


def test_a_tablet_is_revoked_and_approved_again(url: str, tablet: Tablet) -> None:
    admin = client_of(url, "GDS-ITA-Admin", "smm-2026")
    page = f"/tablets?tablet={tablet.id}"
    assert tablet.id in admin.get(page).text
    assert admin.post(page, data={"csrf": form_token(admin, page), "do": "revoke"}).status_code == 302
    assert tablet.get("/meters").status_code == 401
    assert tablet.log_in().json["code"] == "device-revoked"
    assert admin.post(page, data={"csrf": form_token(admin, page), "do": "approve"}).status_code == 302
    assert tablet.log_in().status_code == 201
