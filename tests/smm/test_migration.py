"""A database of an earlier version is brought up to date and keeps its data."""

from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from agent.smm.database import Database, migrate
from agent.smm.models import Base, Execution, Meter, WorkOrder

OLD_ROWS = (
    "INSERT INTO devices VALUES ('T-1', 'tablet', 'aa', 'bb', 'approved', '2026-11-20', '2026-11-20')",
    "INSERT INTO meters (serial, model, concentrator, mac, app_version, state, process_state, reachable, details,"
    " is_prepay_configured, tag, revision, deleted)"
    " VALUES ('METER1', 'cerm1', 'C', 'M', '1', 'Commissioned', '', TRUE, '', TRUE, 'Chile', 7, FALSE)",
    "INSERT INTO work_orders (id, activity, serial, channel, origin, state, created_by, error_params, inserted_at)"
    " VALUES (41, 'reading', 'METER1', 'mobile', 'tablet', 'executed', 'claudio', '{}', '2026-11-20 10:00:00')",
    "INSERT INTO executions VALUES ('key-1', 41, 'T-1', 1, 'hash', '{\"kind\": \"reading\"}', '2026-11-20 11:00:00')",
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
