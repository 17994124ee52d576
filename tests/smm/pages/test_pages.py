"""The pages: login, lists, reports as page and CSV, users; scope by tag."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from agent.smm.database import Database
from agent.smm.models import Meter
from agent.smm.pages import render, texts
from agent.smm.people import users
from agent.smm.people.users import NewUser
from tests.smm.conftest import SERIAL, Tablet


def form_token(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(path).text)
    assert found
    return found[1]


def log_in(client: FlaskClient, username: str = "GDS-ITA-Admin", password: str = "smm-2026") -> int:
    form = {"username": username, "password": password, "csrf": form_token(client, "/login")}
    return client.post("/login", data=form).status_code


@pytest.fixture
def admin(client: FlaskClient) -> FlaskClient:
    assert log_in(client) == 302
    return client


@pytest.fixture
def with_readings(tablet: Tablet) -> Tablet:
    newer, older = tablet.envelope(minutes=5), tablet.envelope(minutes=1)
    failure = tablet.failure("association-refused", diagnostic="authentication-failure")
    assert tablet.states(newer, older, failure) == ["accepted"] * 3
    return tablet


PATHS = (
    "/meters",
    "/users",
    "/reports/last-readings",
    "/reports/mobile-work-orders",
    "/reports/commercial-work-orders",
    "/reports/last-readings.csv",
)


@pytest.mark.parametrize("path", [*PATHS, "/"])
def test_nobody_sees_anything_without_login(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers.get("Location")) == (302, "/login")


@pytest.mark.parametrize(
    ("username", "password", "status"),
    [("ripa", "wrong", 401), ("nobody", "x", 401), ("claudio.silva", "bird-2026", 403), ("ripa", "smm-2026", 302)],
)
def test_login(client: FlaskClient, username: str, password: str, status: int) -> None:
    assert log_in(client, username, password) == status


def test_a_form_without_token_does_nothing(admin: FlaskClient) -> None:
    assert admin.post("/users?user=ripa", data={"lock": "1"}).status_code == 400
    assert admin.post("/logout").status_code == 400
    assert admin.get("/users").status_code == 200


def test_last_readings_shows_the_newest_of_each_meter(admin: FlaskClient, with_readings: Tablet) -> None:
    assert with_readings
    text = admin.get("/reports/last-readings?offset=60").text
    assert "1\u202f352\u202f143" in text
    assert "2026-11-20 16:31:59" in text, "corrected by the drift that the envelope tells"
    assert text.count("Total items: 3") == 1
    assert text.count('class="gap num" colspan="7"') == 2


def test_last_readings_as_csv(admin: FlaskClient, with_readings: Tablet) -> None:
    assert with_readings
    lines = admin.get("/reports/last-readings.csv?serialnumber=129695").data.decode("utf-8-sig").splitlines()
    names = "concentrator usagepoint macaddress serialnumber;version app1;state;process state;t1;t2;t3;t4;t5;t6;tot"
    assert lines[0] == names.replace(" ", ";", 3) + ";reading date local;last insert"
    start = f"ROSSOT01;ROSSO0003;86041601FA9F;{SERIAL};3131;Commissioned;;55134;312258;981227;172;1043;2309;1352143;"
    assert len(lines) == 2 and lines[1].startswith(start + "2026-11-20 15:31:59;")


def test_mobile_orders(admin: FlaskClient, with_readings: Tablet) -> None:
    assert with_readings
    text = admin.get("/reports/mobile-work-orders").text
    assert text.count("claudio.silva") == 6
    assert "Autenticación fallida" in text
    only = admin.get("/reports/mobile-work-orders?activity+type=load-profile").text
    assert "Total items: 0" in only
    header = admin.get("/reports/mobile-work-orders.csv").data.decode("utf-8-sig").splitlines()[0]
    assert header == (
        "id workorder mobile;serialnumber;activity type;outer id;user creation;user execution;errordesc;"
        "insertdate utc;downloaddate utc;enddate utc;insertdate local;downloaddate local;enddate local"
    )


def test_commercial_orders(admin: FlaskClient, with_readings: Tablet) -> None:
    """A tablet's readings are commercial work; work that failed is not completed."""
    assert with_readings
    path = "/reports/commercial-work-orders"
    lines = admin.get(f"{path}.csv?offset=-180").data.decode("utf-8-sig").splitlines()
    assert lines[0] == (
        "idwo;user;pod;meter;activity type;contract profile;tariff profile;contract state;"
        "enddate utc;enddate local;is mobile"
    )
    assert len(lines) == 3 and all(
        ";Reading;Default contract - CERM1;Default tariff -CERM1;activated;" in line for line in lines[1:]
    )
    assert {line.rsplit(";", 1)[1] for line in lines[1:]} == {"true"}
    for query, found in (
        ("", 2),
        ("pod=ROSSO0003", 2),
        ("pod=nobody's", 0),
        ("activity+type=change", 0),
        ("enddate+from=2026-11-20", 2),
        ("enddate+from=2999-01-01", 0),
        ("enddate+to=2000-01-01", 0),
        ("enddate+to=tomorrow", 2),
        ("enddate+from=9999-12-31&offset=-840", 2),
    ):
        assert f"Total items: {found}" in admin.get(f"{path}?{query}").text, query


@pytest.mark.parametrize(
    "query", ["sort=tot", "sort=-tot", "sort=nonsense", "page=99", "page=x", "offset=x", "find=%25"]
)
def test_any_query_is_answered(admin: FlaskClient, query: str) -> None:
    for path in PATHS:
        assert admin.get(f"{path}?{query}").status_code == 200


def test_the_tag_limits_what_is_seen(client: FlaskClient, with_readings: Tablet, database: Database) -> None:
    with database.begin() as session:
        session.execute(update(Meter).where(Meter.serial == SERIAL).values(tag="Italia"))
    assert log_in(client, "ripa") == 302
    assert with_readings
    for path in PATHS:
        assert SERIAL[-6:] not in client.get(path).text
    assert "Total items: 2" in client.get("/meters").text


def new_user(admin: FlaskClient, **changes: str) -> int:
    form = {
        "username": "new.user",
        "name": "New User",
        "group": "Mobile User Group",
        "tag": "Chile",
        "culture": "es-CL",
        "password": "long enough",
        "csrf": form_token(admin, "/users?new=1"),
        **changes,
    }
    return admin.post("/users?new=1", data=form).status_code


def test_users_are_found_and_a_panel_leaves_the_list_as_it_is(admin: FlaskClient, url: str) -> None:
    database = Database(url)
    with database.begin() as session:
        for number in range(60):
            new = NewUser(f"zz{number:02}", "Z", "Operator", "Peru", "es-CL", "", "")
            users.create(session, new, "long-enough")
    database.engine.dispose()
    locked = admin.get("/users?is+lock=true").text
    assert "pedro.locked" in locked and "ripa" not in locked
    second = admin.get("/users?tag=Peru&page=2").text
    assert "zz59" in second and "zz00" not in second
    assert "<span>2 de 2</span>" in second
    link = "/users?tag=Peru&amp;page=2&amp;user=zz59"
    assert f'href="{link}"' in second
    panel = admin.get(link.replace("&amp;", "&")).text
    assert "zz58" in panel and "zz00" not in panel
    assert 'href="/users?tag=Peru&amp;page=2"' in panel, "to close it"


def test_users_are_created_changed_locked_and_reset(admin: FlaskClient, tablet: Tablet) -> None:
    assert new_user(admin) == 302
    assert tablet.log_in("new.user", "long enough").status_code == 201
    token = form_token(admin, "/users?user=new.user")
    change = {"name": "N. User", "group": "Mobile User Group", "tag": "Chile", "culture": "it-IT", "csrf": token}
    assert admin.post("/users?user=new.user", data={**change, "password": "another one"}).status_code == 302
    assert tablet.log_in("new.user", "long enough").status_code == 401
    assert tablet.log_in("new.user", "another one").json["user"]["culture"] == "it-IT"
    assert admin.post("/users?user=new.user", data={**change, "lock": "1"}).status_code == 302
    assert tablet.log_in("new.user", "another one").json["code"] == "login-locked"


@pytest.mark.parametrize(
    "changes",
    [
        {"username": "ripa"},
        {"username": ""},
        {"name": " "},
        {"group": "Gods"},
        {"culture": "xx"},
        {"password": "short"},
    ],
)
def test_what_is_no_user_is_said_and_changes_nothing(admin: FlaskClient, changes: dict[str, str]) -> None:
    before = admin.get("/users").text.count("<tr")
    assert new_user(admin, **changes) == 400
    assert admin.get("/users").text.count("<tr") == before


def test_an_operator_changes_no_user(client: FlaskClient) -> None:
    assert log_in(client, "ripa") == 302
    token = form_token(client, "/users")
    assert client.post("/users?user=claudio.silva", data={"lock": "1", "csrf": token}).status_code == 403


def test_every_language_has_every_text() -> None:
    assert texts.table("es").keys() == texts.table("en").keys() == texts.table("it").keys()


def test_a_csv_comes_as_the_database_gives_it(
    admin: FlaskClient, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "_ROWS_AT_ONCE", 2)
    assert set(tablet.states(*(tablet.envelope(minutes=n) for n in range(7)))) == {"accepted"}
    lines = admin.get("/reports/mobile-work-orders.csv").text.splitlines()
    assert len(lines) == 1 + 7
    assert len(set(lines)) == 1 + 7
