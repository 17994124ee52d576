"""Tables distributed by meter: they meet what Citus requires, and intake queries one meter at a time.

Citus itself is not a Python package. Its rules are: a unique key of a distributed table contains the distribution
column, and so does a foreign key to another distributed table; everything may refer to a table that is on every server.
"""

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from agent.smm.app import create_app
from agent.smm.database import Database, utc_now
from tests.smm import samples
from tests.smm.conftest import Tablet

pytestmark = pytest.mark.parametrize("url", ["postgresql"], indirect=True)
DIVIDED = (
    "meters",
    "departures",
    "last_readings",
    "meter_facts",
    "work_orders",
    "executions",
    "readings",
    "undecided_outcomes",
    "profile_rows",
)
STAND_INS = """
CREATE TABLE divided (name regclass, by_column name);
CREATE TABLE everywhere (name regclass);
CREATE FUNCTION create_distributed_table(wanted regclass, by_column name, colocate_with text DEFAULT '') RETURNS void
    LANGUAGE sql AS $$ INSERT INTO divided VALUES (wanted, by_column) $$;
CREATE FUNCTION create_reference_table(wanted regclass) RETURNS void
    LANGUAGE sql AS $$ INSERT INTO everywhere VALUES (wanted) $$;
"""
UNIQUE_WITHOUT_METER = """
SELECT indexrelid::regclass::text FROM pg_index JOIN divided ON divided.name = indrelid
WHERE indisunique AND NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = indrelid
    AND attname = by_column AND attnum = ANY (indkey))
"""
REFERENCES_TO_ELSEWHERE = """
SELECT conrelid::regclass || ' ' || conname FROM pg_constraint JOIN divided here ON here.name = conrelid
LEFT JOIN divided there ON there.name = confrelid
WHERE contype = 'f' AND confrelid NOT IN (SELECT name FROM everywhere) AND NOT coalesce((
    SELECT bool_or(a.attname = here.by_column AND b.attname = there.by_column)
    FROM unnest(conkey, confkey) AS pair (mine, theirs)
    JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = mine
    JOIN pg_attribute b ON b.attrelid = confrelid AND b.attnum = theirs), false)
"""


@pytest.fixture
def divided(database: Database) -> Database:
    """A database distributed by the script, with stand-ins for Citus that only record their calls."""
    script = files("agent.smm").joinpath("citus.sql").read_text(encoding="utf-8")
    with database.engine.begin() as connection:
        connection.exec_driver_sql(STAND_INS)
        connection.exec_driver_sql(script)
    return database


def test_keys_hold_the_meter(divided: Database) -> None:
    with divided.engine.connect() as connection:
        assert {row[0] for row in connection.execute(text("SELECT name::text FROM divided"))} == set(DIVIDED)
        assert connection.execute(text(UNIQUE_WITHOUT_METER)).all() == []
        assert connection.execute(text(REFERENCES_TO_ELSEWHERE)).all() == []


def test_the_rules_would_be_seen_broken(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql(STAND_INS)
        connection.exec_driver_sql("SELECT create_distributed_table('executions', 'serial')")
        assert connection.execute(text(UNIQUE_WITHOUT_METER)).all() == [("executions_pkey",)]
        assert len(connection.execute(text(REFERENCES_TO_ELSEWHERE)).all()) == 2


def test_the_program_works_on_divided_tables(divided: Database) -> None:
    tablet = Tablet(create_app(divided.url).test_client())
    tablet.log_in()
    first = tablet.envelope()
    assert tablet.states(first, first) == ["accepted", "duplicate"]
    assert tablet.states(tablet.envelope(key=first["key"])) == ["conflict"]
    for kind, payload in samples.EVERY_KIND.values():
        assert tablet.states(tablet.signed(payload, utc_now(), kind=kind)) == ["accepted"], kind
    for order in tablet.get("/work-orders").json["orders"]:
        claim = tablet.post(f"/work-orders/{order['id']}/claim")
        assert claim.status_code in (200, 409), claim.text


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement that any engine executes from now on."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield asked
    event.remove(Engine, "before_cursor_execute", note)


def crosses_meters(statement: str) -> bool:
    """Whether the statement reads a distributed table without naming the meters."""
    tables = [name for name in DIVIDED if re.search(rf"(FROM|JOIN|INTO|UPDATE) {name}\b", statement)]
    if not tables:
        return False
    if statement.startswith("INSERT"):
        return "serial" not in statement.split("VALUES")[0]
    return re.search(r"\.serial (=|IN) [(%]", statement) is None


def test_intake_asks_one_meter_at_a_time(url: str, statements: list[str]) -> None:
    tablet = Tablet(create_app(url).test_client())
    tablet.log_in()
    orders = {order["activity"]: order for order in tablet.get("/work-orders").json["orders"]}
    charge = orders["credit-charge"]
    claim = tablet.post(f"/work-orders/{charge['id']}/claim").json
    parts = [
        tablet.signed(samples.profile_part(n), utc_now(), kind="load-profile", job="j", part=n, parts=2) for n in (1, 2)
    ]
    unknown = tablet.signed(
        samples.undecided(), utc_now(), kind="credit-charge", work_order=charge["id"], fence=claim["fence"]
    )
    envelopes = [tablet.envelope(), *parts, unknown]
    statements.clear()
    assert set(tablet.states(*envelopes)) == {"accepted"}
    assert len(statements) > 20
    assert [statement for statement in statements if crosses_meters(statement)] == []


def test_the_statements_of_a_search_would_be_seen(url: str, statements: list[str]) -> None:
    tablet = Tablet(create_app(url).test_client())
    tablet.log_in()
    statements.clear()
    tablet.get("/work-orders")
    assert any(crosses_meters(statement) for statement in statements)
