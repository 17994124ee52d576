"""Times that cannot be right wait for a person, who keeps the corrected one or sets another."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from agent.smm.database import Database, utc_now
from agent.smm.models import AuditEntry, Execution, LastReading, Meter, Reading, WorkOrder
from tests.smm import samples
from tests.smm.conftest import SERIAL, Tablet, reading
from tests.smm.pages.test_pages import form_token, log_in

PAGE = "/times"
YEAR = timedelta(days=365)


@pytest.fixture
def other(tablet: Tablet) -> Tablet:
    made = Tablet(tablet.client)
    made.log_in()
    return made


@pytest.fixture
def doubtful(tablet: Tablet) -> str:
    """A detachment whose tablet tells next year, without telling what its clock says now."""
    payload = samples.breaker_change("disconnected", 0, output=False)
    envelope = tablet.signed(payload, utc_now() + YEAR, kind="disconnect", clock_drift_s=None)
    assert tablet.states(envelope) == ["accepted"]
    return str(envelope["key"])


def decide(client: FlaskClient, key: str, do: str, **fields: str) -> Any:
    path = f"{PAGE}?time={key}"
    return client.post(path, data={"csrf": form_token(client, path), "do": do, **fields})


def kept(database: Database, key: str) -> Execution:
    with database.read() as session:
        return session.scalars(select(Execution).where(Execution.key == key)).one()


def audited(database: Database, action: str) -> list[AuditEntry]:
    with database.read() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Times to check", "the tablet told a time to come", "Keep the corrected time", "Set time")),
        ("es", ("Horas a comprobar", "hora futura", "Mantener la hora corregida", "Fijar hora")),
        ("it", ("Orari da verificare", "orario futuro", "Mantieni l", "Imposta orario")),
    ],
)
def test_the_list_and_its_panel(client: FlaskClient, doubtful: str, language: str, words: tuple[str, ...]) -> None:
    log_in(client, "ripa")
    client.get(f"/language/{language}")
    page = client.get(f"{PAGE}?time={doubtful}").text
    for each in (*words, SERIAL, "tablet-01"):
        assert each in page


def test_the_corrected_time_is_kept(client: FlaskClient, database: Database, doubtful: str) -> None:
    log_in(client, "ripa")
    corrected = kept(database, doubtful).corrected_at
    assert decide(client, doubtful, "keep").status_code == 302
    assert (kept(database, doubtful).time_checked_by, kept(database, doubtful).corrected_at) == ("ripa", corrected)
    client.get(PAGE)  # says that it is done
    assert SERIAL not in client.get(PAGE).text
    assert client.get(f"{PAGE}?time={doubtful}").status_code == 404
    assert [entry.subject for entry in audited(database, "time-kept")] == [SERIAL]


def test_a_time_that_is_set_decides_the_state_of_the_meter(
    client: FlaskClient, database: Database, doubtful: str, other: Tablet
) -> None:
    """The other tablet reconnected yesterday; the detachment of the doubtful clock was two days ago."""
    back = other.signed(
        samples.breaker_change("connected", 1, output=True), utc_now() - timedelta(days=1), kind="reconnect"
    )
    assert other.states(back) == ["accepted"]
    with database.read() as session:
        assert session.get_one(Meter, SERIAL).breaker_state == "detached (0)"
    log_in(client, "ripa")
    at = (utc_now() - timedelta(days=2)).replace(microsecond=0)
    assert decide(client, doubtful, "set", at=at.replace(tzinfo=None).isoformat()).status_code == 302
    with database.read() as session:
        assert session.get_one(Meter, SERIAL).breaker_state == "connected (100)"
        order = session.get_one(WorkOrder, kept(database, doubtful).work_order_id)
        assert order.ended_at == kept(database, doubtful).corrected_at == at
    assert audited(database, "time-set")[0].details["at"] == at.isoformat()


def test_the_report_follows_a_reading_whose_time_is_set(
    client: FlaskClient, database: Database, tablet: Tablet
) -> None:
    envelope = tablet.signed(reading(), utc_now() + YEAR, clock_drift_s=None)
    assert tablet.states(envelope) == ["accepted"]
    log_in(client, "ripa")
    assert decide(client, envelope["key"], "set", at="2026-11-20T08:30").status_code == 302
    with database.read() as session:
        at = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
        assert session.get_one(LastReading, SERIAL).read_at == at
        assert session.scalars(select(Reading.read_at)).one() == at
    assert "2026-11-20 08:30:00" in client.get("/reports/last-readings").text


@pytest.mark.parametrize("at", ["", "yesterday", "2099-01-01T00:00"])
def test_a_time_that_cannot_be(client: FlaskClient, database: Database, doubtful: str, at: str) -> None:
    log_in(client, "ripa")
    before = kept(database, doubtful).corrected_at
    assert decide(client, doubtful, "set", at=at).status_code == 400
    assert (kept(database, doubtful).time_checked_at, kept(database, doubtful).corrected_at) == (None, before)


def test_all_of_a_tablet_at_once(client: FlaskClient, database: Database, tablet: Tablet, other: Tablet) -> None:
    made = [each.signed(reading(), utc_now() + YEAR, clock_drift_s=None) for each in (tablet, tablet, other)]
    for each, sender in zip(made, (tablet, tablet, other), strict=True):
        assert sender.states(each) == ["accepted"]
    log_in(client, "ripa")
    assert decide(client, made[0]["key"], "keep-all").status_code == 302
    assert [kept(database, each["key"]).time_checked_by for each in made] == ["ripa", "ripa", None]


def test_what_the_tablet_lost_is_on_its_page(client: FlaskClient, tablet: Tablet) -> None:
    made = [tablet.envelope(minutes=number) for number in range(8)]
    absences = [
        {"first": 5, "last": 6, "cause": "lost"},
        {"first": 8, "last": 8, "cause": "closed", "note": "medidor quemado"},
    ]
    tablet.send(made[0], made[3], last_sequence=8, absences=absences)
    log_in(client)
    client.get("/language/en")
    page = client.get(f"/tablets?tablet={tablet.id}").text
    for words in (
        "2 of its records are lost: numbers 5–6",
        "closed by claudio.silva: medidor quemado (numbers 8)",
        "numbers 2–3",
    ):
        assert words in page
    tablet.send(made[4], made[5])
    assert "records are lost" not in client.get(f"/tablets?tablet={tablet.id}").text, "they came after all"


def test_only_those_who_may_settle_decide(client: FlaskClient, doubtful: str) -> None:
    assert client.get(PAGE).headers["Location"] == "/login"
    assert client.post(f"{PAGE}?time={doubtful}").headers["Location"] == "/login"
