"""Meters from a list: all or none, faults line by line, and no file that breaks anything."""

import io
import zipfile
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from agent.domain.errors import InputError
from agent.domain.sample import METERS
from agent.smm.app import create_app
from agent.smm.commands import smm
from agent.smm.database import Database
from agent.smm.importing import reading
from agent.smm.importing.checking import COLUMNS, check
from agent.smm.importing.reading import SheetLine, read_lines
from agent.smm.importing.taking_in import Outcome, take_in
from agent.smm.keys import KeyBox
from agent.smm.models import ImportDraft, Meter
from tests.smm.conftest import SERIAL, Tablet, everything_in
from tests.smm.pages.test_pages import form_token, log_in

KEY = "000102030405060708090a0b0c0d0e0f"
LIST = f"""serial;model;pod;tag;prepayment;encryption_key;authentication_key;vending_key
NEW-0001;CERM1;POD-1;Chile;yes;{KEY};{KEY};{KEY}
NEW-0002;CERM3;POD-2;Chile;no;;;
"""


def taken(url: str, database: Database, content: str, tag: str = "", *, dry_run: bool = False) -> Outcome:
    with database.begin() as session:
        lines = read_lines(content.encode())
        return take_in(session, KeyBox.for_database(url), lines, tag, dry_run=dry_run)


def faults(outcome: Outcome) -> list[tuple[int, str]]:
    return [(fault.line, fault.error.code) for fault in outcome.faults]


def count(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Meter)) or 0


def test_new_meters_reach_the_tablets(url: str, database: Database, tablet: Tablet) -> None:
    cursor = tablet.get("/meters").json["cursor"]
    assert taken(url, database, LIST, dry_run=True) == Outcome(2, 0, ())
    assert count(database) == 3
    assert taken(url, database, LIST) == Outcome(2, 0, ())
    page = tablet.get("/meters", after=cursor).json
    assert [(meter["serial"], meter["pod"]) for meter in page["meters"]] == [
        ("NEW-0001", "POD-1"),
        ("NEW-0002", "POD-2"),
    ]
    assert page["meters"][0]["sealed"] and page["meters"][1]["sealed"] is None
    assert KEY not in everything_in(database)


def test_a_meter_that_goes_to_another_area_is_forgotten_by_the_tablets_of_this_one(
    url: str, database: Database, tablet: Tablet
) -> None:
    cursor = tablet.get("/meters").json["cursor"]
    for tag in ("Peru", "Bolivia"):
        assert taken(url, database, f"serial,tag\n{SERIAL},{tag}\n").changed == 1
    page = tablet.get("/meters", after=cursor).json
    assert (page["meters"], page["deleted"]) == ([], [SERIAL])
    assert tablet.get("/meters", after=page["cursor"]).json["deleted"] == []
    assert taken(url, database, f"serial,tag\n{SERIAL},Chile\n").changed == 1
    page = tablet.get("/meters", after=page["cursor"]).json
    assert ([meter["serial"] for meter in page["meters"]], page["deleted"]) == ([SERIAL], [])


def test_departures_and_changes_come_in_pages(
    url: str, database: Database, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.smm.directory.PAGE_SIZE", 2)
    new = "".join(f"NEW-{number:04},cerm1,Chile\n" for number in range(7))
    taken(url, database, f"serial,model,tag\n{new}")
    cursor = str(max(meter.revision for meter in _all(database)))
    moved = "".join(f"NEW-{number:04},{('Peru', 'Chile')[number % 2]}\n" for number in range(7))
    taken(url, database, f"serial,tag\n{moved}")
    there, gone, more = list[str](), list[str](), True
    while more:
        page = tablet.get("/meters", after=cursor).json
        there += [meter["serial"] for meter in page["meters"]]
        gone += page["deleted"]
        assert 1 <= len(page["meters"]) + len(page["deleted"]) <= 2
        cursor, more = page["cursor"], page["more"]
    assert gone == [f"NEW-{number:04}" for number in (0, 2, 4, 6)]
    assert there == [f"NEW-{number:04}" for number in (1, 3, 5)]


def _all(database: Database) -> list[Meter]:
    with database.read() as session:
        return list(session.scalars(select(Meter)))


def test_what_the_list_lacks_stays(url: str, database: Database) -> None:
    with database.read() as session:
        before = session.get_one(Meter, SERIAL)
    assert taken(url, database, f"serial,address\n{SERIAL},Calle Nueva 1\n") == Outcome(0, 1, ())
    with database.read() as session:
        after = session.get_one(Meter, SERIAL)
    assert after.address == "Calle Nueva 1"
    assert (after.pod, after.model, after.sealed_secret) == (before.pod, before.model, before.sealed_secret)
    assert after.revision > before.revision


def test_two_meters_change_places(url: str, database: Database) -> None:
    first, second = METERS[0], METERS[1]
    rows = f"serial,pod\n{first.serial},{second.pod}\n{second.serial},{first.pod}\n"
    assert taken(url, database, rows) == Outcome(0, 2, ())
    with database.read() as session:
        assert session.get_one(Meter, first.serial).pod == second.pod


def test_a_meter_is_taken_away(url: str, database: Database, tablet: Tablet) -> None:
    cursor = tablet.get("/meters").json["cursor"]
    assert taken(url, database, f"serial,deleted\n{SERIAL},yes\n") == Outcome(0, 1, ())
    assert tablet.get("/meters", after=cursor).json["deleted"] == [SERIAL]


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ("serial,model\nGOOD-1,cerm1\n!,cerm1", [(3, "bad-serial")]),
        ("serial,model\nNEW-1,cerm1\nNEW-1,cerm1", [(3, "import-twice")]),
        ("serial,model,pod\nNEW-1,cerm1,P\nNEW-2,cerm1,P", [(3, "import-twice")]),
        ("serial,model,pod\nNEW-1,cerm1,ROSSO0003", [(2, "import-pod")]),
        ("serial,pod\nNEW-1,P", [(2, "import-value")]),
        ("serial,model,colour\nNEW-1,cerm1,red", [(2, "import-column")]),
        ("serial,model,prepayment\nNEW-1,cerm1,maybe", [(2, "import-value")]),
        ("serial,model,vending_key\nNEW-1,cerm1,abc\nNEW-2,cerm1,zz", [(2, "import-value"), (3, "import-value")]),
        (f"serial,model,tag\nNEW-1,cerm1,{'x' * 51}", [(2, "import-value")]),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_taken_in(
    url: str, database: Database, rows: str, wrong: list[tuple[int, str]]
) -> None:
    assert faults(taken(url, database, rows)) == wrong
    assert count(database) == 3


def test_with_a_tag_only_its_meters(url: str, database: Database) -> None:
    assert faults(taken(url, database, LIST, tag="Italia")) == [(2, "import-tag"), (3, "import-tag")]
    assert faults(taken(url, database, f"serial,address\n{SERIAL},x\n", tag="Italia")) == [(2, "import-tag")]
    assert taken(url, database, "serial,model\nNEW-1,cerm1\n", tag="Italia") == Outcome(1, 0, ())
    with database.read() as session:
        assert session.get_one(Meter, "NEW-1").tag == "Italia"


def excel(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def test_excel() -> None:
    content = excel([["Serial", "Model", "POD"], ["NEW-0001", "CERM1", 17], [], ["NEW-0002", "CERM1", None]])
    assert read_lines(content) == [
        SheetLine(2, {"serial": "NEW-0001", "model": "CERM1", "pod": "17"}),
        SheetLine(4, {"serial": "NEW-0002", "model": "CERM1"}),
    ]


def test_a_formula_is_not_computed() -> None:
    lines = read_lines(excel([["serial", "model"], ["=1+1", "cerm1"]]))
    assert [fault.error.code for fault in check(lines, "")[1]] == ["bad-serial"]


def test_what_would_unpack_to_more_than_it_should_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (300 << 20))
    assert len(packed.getvalue()) < 400_000
    with pytest.raises(InputError) as caught:
        read_lines(packed.getvalue())
    assert caught.value.code == "import-too-large"
    monkeypatch.setattr(reading, "MAX_LINES", 3)
    with pytest.raises(InputError):
        read_lines(b"serial\n" + b"NEW-0001\n" * 4)


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"PK\x03\x04 no zip", b"a,a\n1,2", b'serial\n"open', excel([])[:900], b"\x00\xff\xfe"]
)
def test_what_is_no_list(content: bytes) -> None:
    with pytest.raises(InputError) as caught:
        check(read_lines(content), "")
        raise InputError(code="import-unreadable")  # a list without lines is unreadable too
    assert caught.value.code == "import-unreadable"


@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
@settings(max_examples=150, deadline=None)
def test_any_file_is_read_or_refused(content: bytes) -> None:
    for start in (b"", b"serial,model\n", b"PK\x03\x04"):
        try:
            check(read_lines(start + content), "")
        except InputError as error:
            assert error.code in ("import-unreadable", "import-too-large")


@given(st.dictionaries(st.sampled_from(COLUMNS), st.text(min_size=1, max_size=40), max_size=6))
@settings(max_examples=150, deadline=None)
def test_any_line_is_a_meter_or_a_fault(texts: dict[str, str]) -> None:
    meters, wrong = check([SheetLine(2, texts)], "")
    assert len(meters) + len(wrong) == 1


# ── the page and the command ──


def upload(client: FlaskClient, content: bytes, name: str = "meters.csv") -> Any:
    data = {"csrf": form_token(client, "/meters/import"), "file": (io.BytesIO(content), name)}
    return client.post("/meters/import", data=data, content_type="multipart/form-data")


def test_first_looked_through_then_taken_in(url: str, database: Database) -> None:
    client = create_app(url).test_client()
    log_in(client)
    client.get("/language/en")
    checked = upload(client, LIST.encode())
    assert checked.status_code == 200 and "2 new meters" in checked.text
    assert count(database) == 3
    assert KEY not in everything_in(database)
    draft = checked.text.split('name="draft" value="')[1].split('"')[0]
    form = {"csrf": form_token(client, "/meters/import"), "draft": draft}
    assert client.post("/meters/import", data=form).status_code == 302
    assert count(database) == 5
    assert client.post("/meters/import", data=form).status_code == 400, "once"
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(ImportDraft)) == 0


def test_somebody_elses_list_is_not_taken_in(url: str, database: Database) -> None:
    client, other = create_app(url).test_client(), create_app(url).test_client()
    log_in(client)
    draft = upload(client, LIST.encode()).text.split('name="draft" value="')[1].split('"')[0]
    log_in(other, "ripa")
    assert other.get("/meters/import").status_code == 403
    form = {"csrf": form_token(other, "/users"), "draft": draft}
    assert other.post("/meters/import", data=form).status_code == 403
    assert count(database) == 3


def test_faults_are_shown_by_line_and_harmless(url: str) -> None:
    client = create_app(url).test_client()
    log_in(client)
    answer = upload(client, b"serial,model\n<script>alert(1)</script>,cerm1\n")
    assert answer.status_code == 400
    assert "<script>alert" not in answer.text and "&lt;script&gt;" in answer.text


def test_from_the_command_line(url: str, database: Database, tmp_path: Any) -> None:
    file = tmp_path / "meters.csv"
    file.write_text(LIST)
    run = ["import", "--database", url, str(file)]
    assert "dry run" in CliRunner().invoke(smm, [*run, "--dry-run"]).output
    assert count(database) == 3
    assert "2 new" in CliRunner().invoke(smm, run).output
    file.write_text("serial,model\n!,cerm1\n")
    wrong = CliRunner().invoke(smm, run)
    assert isinstance(wrong.exception, InputError)
    assert "line 2:" in wrong.stderr
    assert count(database) == 5
