"""An operator imports the file of a tablet that cannot send."""

from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from agent.domain.group import AUDITOR_GROUP
from agent.smm.database import Database
from agent.smm.models import AuditEntry, Execution
from agent.smm.pages import texts
from agent.smm.people import users
from agent.smm.people.users import NewUser
from tests.smm.conftest import Tablet
from tests.smm.packing import parcel_of
from tests.smm.pages.test_pages import form_token, log_in

PATH = "/tablets/import"


def upload(client: FlaskClient, content: bytes) -> Any:
    form = {"csrf": form_token(client, PATH), "file": (BytesIO(content), "a.eplus")}
    return client.post(PATH, data=form, content_type="multipart/form-data")


def test_it_is_taken_once_and_audited(tablet: Tablet, database: Database) -> None:
    envelopes = [tablet.envelope(minutes=number) for number in range(3)]
    content = parcel_of(tablet, *envelopes).content
    page = tablet.client
    assert log_in(page) == 302
    assert "/tablets/import" in page.get("/tablets").text
    for said in ("3 trabajos nuevos, 0 ya recibidos", "0 trabajos nuevos, 3 ya recibidos"):
        answer = upload(page, content)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/tablets")
        assert said in page.get("/tablets").text
    assert tablet.states(*envelopes) == ["duplicate"] * 3
    with database.read() as session:
        assert set(session.scalars(select(Execution.device_id))) == {tablet.id}
        noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "parcel-taken")).all()
    assert [(each.actor, each.subject) for each in noted] == [("GDS-ITA-Admin", tablet.id)] * 2


def test_what_is_wrong_with_a_file_is_said(tablet: Tablet) -> None:
    page = tablet.client
    log_in(page)
    foreign = parcel_of(tablet, tablet.envelope(), key="01" * 32).content
    good = parcel_of(tablet, tablet.envelope()).content
    for content, words in ((foreign, "otro SMM"), (good[:-3], "dañado"), (b"x", "no es un archivo exportado")):
        answer = upload(page, content)
        assert answer.status_code == 400
        assert words in answer.text


@pytest.mark.parametrize(("username", "status"), [("auditor", 403), ("ripa", 200)])
def test_who_may(client: FlaskClient, database: Database, username: str, status: int) -> None:
    if username == "auditor":
        with database.begin() as session:
            users.create(session, NewUser("auditor", "Auditor", AUDITOR_GROUP, "", "es-CL", "", ""), "smm-2026")
    log_in(client, username)
    assert client.get(PATH).status_code == status
    assert (PATH in client.get("/tablets").text) == (status == 200)


@pytest.mark.parametrize("language", ["es", "en", "it"])
def test_in_every_language(client: FlaskClient, language: str) -> None:
    log_in(client)
    client.get(f"/language/{language}")
    assert texts.table(language)["import_parcel"].split("'")[0] in client.get(PATH).text
