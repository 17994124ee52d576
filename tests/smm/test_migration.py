"""A database of an earlier version is brought up to date and keeps its data."""

import json
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text

from agent.smm.database import Database, migrate
from agent.smm.models import Base, Execution, Meter, MeterFact, Reading, ReceivedRange, WorkOrder
from tests.smm import samples
from tests.smm.conftest import reading

OLD_ROWS = (
    "INSERT INTO devices VALUES ('T-1', 'tablet', 'aa', 'bb', 'approved', '2026-11-20', '2026-11-20')",
    "INSERT INTO meters (serial, model, concentrator, mac, app_version, state, process_state, reachable, details,"
    " is_prepay_configured, tag, revision, deleted)"
    " VALUES ('METER1', 'cerm1', 'C', 'M', '1', 'Commissioned', '', TRUE, '', TRUE, 'Chile', 7, FALSE)",
    "INSERT INTO work_orders (id, activity, serial, channel, origin, state, created_by, error_params, inserted_at)"
    " VALUES (41, 'reading', 'METER1', 'mobile', 'tablet', 'executed', 'claudio', '{}', '2026-11-20 10:00:00')",
    "INSERT INTO executions VALUES ('key-1', 41, 'T-1', 1, 'hash', '{\"kind\": \"reading\"}', '2026-11-20 11:00:00')",
)

OUTCOME = (
    "INSERT INTO work_orders (id, activity, serial, channel, origin, state, created_by, error_params, inserted_at,"
    " ended_at, parameters, fence) VALUES"
    " (:order, :activity, 'METER1', 'mobile', 'tablet', 'executed', 'claudio', '{}', :came, :told, '{}', 0)",
    "INSERT INTO executions (key, work_order_id, device_id, sequence, head_hash, payload, received_at, job, part,"
    " parts, executed_by, executed_at, standing, serial) VALUES"
    " (:key, :order, 'T-1', :sequence, 'hash', :payload, :came, :key, 1, 1, 'claudio', :told, 'counted', 'METER1')",
)
FROZEN = (
    "UPDATE meters SET breaker_state = 'detached (0)', last_executed_at = '2027-11-21 09:00:00'",
    "INSERT INTO readings (execution_key, serial, total, read_at, inserted_at) VALUES"
    " ('key-2', 'METER1', 1352143, '2027-11-20 09:00:00', '2026-11-20 09:05:00')",
    "UPDATE last_readings SET read_at = '2027-11-20 09:00:00', total = 1352143",
)


@pytest.fixture
def old(empty_url: str) -> Database:
    """A database of the first version, with data."""
    migrate(empty_url, "0001")
    database = Database(empty_url)
    with database.begin() as session:
        for row in OLD_ROWS:
            session.execute(text(row))
    assert not database.is_current()
    return database


def test_what_was_there_stays(old: Database) -> None:
    migrate(old.url)
    assert old.is_current()
    with old.begin() as session:
        order = session.get_one(WorkOrder, 41)
        assert (order.activity, order.state, order.fence, order.parameters) == ("reading", "executed", 0, {})
        assert order.inserted_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
        meter = session.get_one(Meter, "METER1")
        assert (meter.revision, meter.contract_state, meter.credit_wh) == (7, "activated", None)
        execution = session.get_one(Execution, "key-1")
        assert (execution.work_order_id, execution.parts, execution.standing) == (41, 1, "counted")
        assert execution.serial == "METER1"
        assert meter.last_reading.total is None


def _frozen(database: Database) -> None:
    """As the version before left it: a tablet a year ahead detached the meter; it connected it a day later with its
    clock right, and nobody saw that. Number 3 has not come."""
    disconnected = samples.breaker_change("disconnected", 0, output=False)
    connected = samples.breaker_change("connected", 1, output=True)
    outcomes = (
        ("key-2", 42, "reading", reading("METER1"), 2, "2027-11-20 09:00:00.000000", "2026-11-20 09:05:00"),
        ("key-3", 43, "disconnect", disconnected, 4, "2027-11-21 09:00:00.000000", "2026-11-21 09:05:00"),
        ("key-4", 44, "reconnect", connected, 5, "2026-11-22 09:00:00.000000", "2026-11-22 09:05:00"),
    )
    with database.begin() as session:
        for key, order, activity, payload, sequence, told, came in outcomes:
            values = {
                "key": key,
                "order": order,
                "activity": activity,
                "sequence": sequence,
                "told": told,
                "came": came,
            }
            values["payload"] = json.dumps({**payload, "serial": "METER1"})
            for statement in OUTCOME:
                session.execute(text(statement), values)
        for statement in FROZEN:
            session.execute(text(statement))


def test_a_meter_that_a_future_time_had_frozen_follows_its_outcomes_again(old: Database) -> None:
    migrate(old.url, "0005")
    _frozen(old)
    migrate(old.url)
    read, ended, connected = (
        datetime(2026, 11, day, 9, minute, tzinfo=UTC) for day, minute in ((20, 5), (21, 5), (22, 0))
    )
    with old.begin() as session:
        meter = session.get_one(Meter, "METER1")
        assert (meter.breaker_state, meter.last_executed_at) == ("connected (100)", connected)
        wrong, right = session.get_one(Execution, "key-3"), session.get_one(Execution, "key-4")
        assert (wrong.corrected_at, wrong.clock_doubt) == (ended, "future")
        assert wrong.executed_at == datetime(2027, 11, 21, 9, tzinfo=UTC)
        assert (right.corrected_at, right.clock_doubt) == (None, None)
        assert session.get_one(WorkOrder, 43).ended_at == ended
        assert (meter.last_reading.read_at, meter.last_reading.total) == (read, 1352143)
        assert session.scalars(select(Reading.read_at)).one() == read
        mark = session.get_one(MeterFact, ("METER1", "breaker"))
        assert (mark.at, mark.device_id, mark.sequence) == (connected, "T-1", 5)


def test_the_numbers_that_are_in_are_known(old: Database) -> None:
    migrate(old.url, "0005")
    _frozen(old)
    migrate(old.url)
    with old.begin() as session:
        found = session.scalars(select(ReceivedRange).order_by(ReceivedRange.first))
        assert [(each.device_id, each.first, each.last) for each in found] == [("T-1", 1, 2), ("T-1", 4, 5)]


def test_one_moment_guards_the_facts_of_a_meter_that_was_right(old: Database) -> None:
    migrate(old.url, "0005")
    at = datetime(2026, 11, 20, 10, tzinfo=UTC)
    with old.begin() as session:
        session.execute(text("UPDATE meters SET last_executed_at = '2026-11-20 10:00:00+00:00', credit_wh = 5"))
    migrate(old.url)
    with old.begin() as session:
        marks = list(session.scalars(select(MeterFact)))
        assert {mark.fact for mark in marks} == {"breaker", "contract", "credit", "prepay", "tariff"}
        assert {(mark.at, mark.device_id) for mark in marks} == {(at, None)}
        assert session.get_one(Meter, "METER1").credit_wh == 5


def test_a_host_that_is_not_brought_up_to_date_yet_goes_on(old: Database) -> None:
    migrate(old.url)
    with old.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert old.is_current()
    migrate(old.url)
    with old.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0002'"))
    assert not old.is_current()


def test_the_migrations_make_what_the_models_say(old: Database) -> None:
    migrate(old.url)
    with old.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_of_the_models})
        assert compare_metadata(context, Base.metadata) == []


def _is_of_the_models(name: str | None, kind: str, _parents: object) -> bool:
    """Leaves out partitions, and the one index that models cannot declare alike for both databases."""
    return not (kind == "table" and str(name).startswith("profile_rows_")) and name != "ix_last_readings_read_at"


def test_the_database_itself_refuses_a_second_open_charge(old: Database) -> None:
    from sqlalchemy.exc import IntegrityError

    migrate(old.url)
    insert = (
        "INSERT INTO work_orders (activity, serial, channel, origin, state, created_by, error_params, inserted_at)"
        " VALUES ('credit-charge', 'METER1', 'mobile', 'smm', '{}', 'x', '{{}}', '2026-11-20')"
    )
    with old.begin() as session:
        session.execute(text(insert.format("executed")))
        session.execute(text(insert.format("available")))
    with pytest.raises(IntegrityError), old.begin() as session:
        session.execute(text(insert.format("claimed")))
