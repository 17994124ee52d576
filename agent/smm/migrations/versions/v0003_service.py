"""What a service needs: profile rows by month, last readings, events, audit, sessions that can be ended, limits

The first revision that servers run on. Existing rows get what they lack: the meter of an execution, a meter's last
reading.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from agent.smm.intake.partitions import create_months

revision = "0003"
down_revision = "0002"

_OPEN_CHARGE = sa.text("activity = 'credit-charge' AND state IN ('awaiting-approval', 'available', 'claimed')")
_MOMENT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _widen_meters()
    _widen_orders()
    _widen_executions()
    _widen_people()
    _add_last_readings()
    _add_profile_rows()
    _add_journal()


def _is_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"


def _number() -> sa.Column[int]:
    return sa.Column("id", _NUMBER, nullable=False)


def _widen_meters() -> None:
    with op.batch_alter_table("meters") as meters:
        meters.add_column(sa.Column("last_executed_at", _MOMENT, nullable=True))
        meters.create_index("ix_meters_tag", ["tag"])
    op.execute(
        "UPDATE meters SET last_executed_at = (SELECT max(executions.executed_at) FROM executions"
        " JOIN work_orders ON work_orders.id = executions.work_order_id WHERE work_orders.serial = meters.serial)"
    )


def _widen_orders() -> None:
    op.drop_index("ix_one_open_charge", "work_orders")
    with op.batch_alter_table("work_orders") as orders:
        orders.add_column(sa.Column("approved_by", sa.String(length=100), nullable=True))
        orders.add_column(sa.Column("approved_at", _MOMENT, nullable=True))
    op.create_index(
        "ix_one_open_charge",
        "work_orders",
        ["serial"],
        unique=True,
        sqlite_where=_OPEN_CHARGE,
        postgresql_where=_OPEN_CHARGE,
    )


def _widen_executions() -> None:
    with op.batch_alter_table("executions") as executions:
        executions.add_column(sa.Column("serial", sa.String(length=32), nullable=True))
    op.execute(
        "UPDATE executions SET serial ="
        " (SELECT work_orders.serial FROM work_orders WHERE work_orders.id = executions.work_order_id)"
    )
    with op.batch_alter_table("executions") as executions:
        executions.alter_column("serial", nullable=False, existing_type=sa.String(length=32))
        executions.create_index("ix_executions_serial", ["serial"])


def _widen_people() -> None:
    with op.batch_alter_table("users") as users:
        users.add_column(sa.Column("time_zone", sa.String(length=50), nullable=False, server_default=""))
    with op.batch_alter_table("mobile_sessions") as sessions:
        sessions.add_column(sa.Column("created_at", _MOMENT, nullable=True))
        sessions.create_index("ix_mobile_sessions_user_id", ["user_id"])
        sessions.create_index("ix_mobile_sessions_device_id", ["device_id"])
    op.create_table(
        "web_sessions",
        sa.Column("token_hash", sa.String(length=64), primary_key=True),
        sa.Column("user_id", _NUMBER, sa.ForeignKey("users.id"), nullable=False, index=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "login_failures",
        sa.Column("subject", sa.String(length=110), primary_key=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("last_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "request_counts",
        sa.Column("client", sa.String(length=80), primary_key=True),
        sa.Column("minute", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        prefixes=["UNLOGGED"] if _is_postgresql() else [],
    )


def _add_last_readings() -> None:
    op.create_table(
        "last_readings",
        sa.Column("serial", sa.String(length=32), sa.ForeignKey("meters.serial"), primary_key=True),
        *(sa.Column(name, sa.BigInteger()) for name in ("t1", "t2", "t3", "t4", "t5", "t6", "total")),
        *(sa.Column(name, _MOMENT) for name in ("meter_time", "read_at", "inserted_at")),
    )
    last_first = "read_at DESC NULLS LAST" if _is_postgresql() else "read_at DESC"  # which SQLite takes for the same
    op.create_index("ix_last_readings_read_at", "last_readings", [sa.text(last_first), "serial"])
    columns = "t1, t2, t3, t4, t5, t6, total, meter_time, read_at, inserted_at"
    op.execute(
        f"INSERT INTO last_readings (serial, {columns}) SELECT meters.serial, {columns} FROM meters LEFT JOIN ("
        "SELECT readings.*, row_number() OVER (PARTITION BY serial ORDER BY read_at DESC, id DESC) AS place"
        " FROM readings) AS newest ON newest.serial = meters.serial AND place = 1"
    )


def _add_profile_rows() -> None:
    op.create_table(
        "profile_channels",
        sa.Column("id", sa.String(length=64), primary_key=True),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("capture_period_s", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "profile_rows",
        sa.Column("serial", sa.String(length=32), primary_key=True),
        sa.Column("captured_at", _MOMENT, primary_key=True),
        sa.Column("channels_id", sa.String(length=64), primary_key=True),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("execution_key", sa.String(length=36), nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        postgresql_partition_by="RANGE (captured_at)",
    )
    if _is_postgresql():
        op.execute("CREATE TABLE profile_rows_other PARTITION OF profile_rows DEFAULT")
        create_months(op.get_bind(), datetime.now(UTC))


def _add_journal() -> None:
    op.execute("INSERT INTO system_settings (name, value) VALUES ('epoch', '1')")
    transaction = "CAST(CAST(pg_current_xact_id() AS text) AS bigint)" if _is_postgresql() else "0"
    op.create_table(
        "events",
        _number(),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("transaction_number", sa.BigInteger(), nullable=False, server_default=sa.text(transaction)),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("serial", sa.String(length=32), nullable=False),
        sa.Column("work_order_id", sa.BigInteger(), nullable=False),
        sa.Column("execution_key", sa.String(length=36), nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_events_place", "events", ["epoch", "transaction_number", "id"])
    op.create_table(
        "audit",
        _number(),
        sa.Column("at", _MOMENT, nullable=False, index=True),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("tag", sa.String(length=50), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "import_drafts",
        sa.Column("id", sa.String(length=32), primary_key=True),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("sealed_rows", sa.LargeBinary(), nullable=False),
    )
