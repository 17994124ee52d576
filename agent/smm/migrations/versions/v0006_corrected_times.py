"""Corrected times and who checked them, the last word on each fact of a meter, and the numbers of tablets that are in

An outcome whose time lay in the future when it came in had frozen its meter: its time becomes that of its arrival, a
person is asked, and the state of the meter is found anew.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session

from agent.smm.intake.clocks import SLIGHT, Doubt
from agent.smm.intake.rebuilding import rebuild

revision = "0006"
down_revision = "0005"

_MOMENT = sa.DateTime(timezone=True)
_TO_CHECK = sa.text("clock_doubt IS NOT NULL AND time_checked_at IS NULL")


def upgrade() -> None:
    _widen()
    _add_tables()
    _number_what_is_in()
    _mark_facts()
    _repair()


def _widen() -> None:
    for column in (
        sa.Column("corrected_at", _MOMENT, nullable=True),
        sa.Column("clock_doubt", sa.String(length=20), nullable=True),
        sa.Column("time_checked_by", sa.String(length=100), nullable=True),
        sa.Column("time_checked_at", _MOMENT, nullable=True),
    ):
        op.add_column("executions", column)
    op.add_column("last_readings", sa.Column("device_id", sa.String(length=40), nullable=True))
    op.add_column("last_readings", sa.Column("sequence", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_executions_clock_doubt",
        "executions",
        ["received_at"],
        sqlite_where=_TO_CHECK,
        postgresql_where=_TO_CHECK,
    )


def _add_tables() -> None:
    op.create_table(
        "meter_facts",
        sa.Column("serial", sa.String(length=32), sa.ForeignKey("meters.serial"), primary_key=True),
        sa.Column("fact", sa.String(length=10), primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("over_future", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "received_ranges",
        sa.Column("device_id", sa.String(length=40), sa.ForeignKey("devices.id"), primary_key=True),
        sa.Column("first", sa.BigInteger(), primary_key=True),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("first_at", _MOMENT, nullable=True),
        sa.Column("last_at", _MOMENT, nullable=True),
    )
    op.create_table(
        "absences",
        sa.Column("device_id", sa.String(length=40), sa.ForeignKey("devices.id"), primary_key=True),
        sa.Column("first", sa.BigInteger(), primary_key=True),
        sa.Column("last", sa.BigInteger(), primary_key=True),
        sa.Column("cause", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("reported_by", sa.String(length=100), nullable=False),
        sa.Column("reported_at", _MOMENT, nullable=False),
    )


def _number_what_is_in() -> None:
    """Numbers without a hole keep the same distance from their place in the order."""
    op.execute(
        "INSERT INTO received_ranges (device_id, first, last) SELECT device_id, min(sequence), max(sequence) FROM"
        " (SELECT device_id, sequence, sequence - row_number() OVER (PARTITION BY device_id ORDER BY sequence) AS range"
        " FROM (SELECT DISTINCT device_id, sequence FROM executions) AS numbers) AS placed GROUP BY device_id, range"
    )


def _mark_facts() -> None:
    """Until now one moment guarded all facts of a meter."""
    for fact in ("breaker", "contract", "credit", "prepay", "tariff"):
        op.execute(
            "INSERT INTO meter_facts (serial, fact, at, over_future) SELECT serial,"
            f" '{fact}', last_executed_at, FALSE FROM meters WHERE last_executed_at IS NOT NULL"
        )


def _repair() -> None:
    bind = op.get_bind()
    executions: Any = sa.table(
        "executions",
        sa.column("key", sa.String()),
        sa.column("serial", sa.String()),
        sa.column("work_order_id", sa.BigInteger()),
        sa.column("executed_at", _MOMENT),
        sa.column("received_at", _MOMENT),
        sa.column("corrected_at", _MOMENT),
        sa.column("clock_doubt", sa.String()),
    )
    late = executions.c.executed_at > executions.c.received_at
    found = bind.execute(sa.select(executions).where(late)).mappings().all()
    wrong = [row for row in found if row["executed_at"] > row["received_at"] + SLIGHT]
    for row in wrong:
        values = {"corrected_at": row["received_at"], "clock_doubt": Doubt.FUTURE.value}
        bind.execute(executions.update().where(executions.c.key == row["key"]).values(values))
        _date_back(bind, row)
    with Session(bind) as session:
        for serial in sorted({row["serial"] for row in wrong}):
            rebuild(session, serial, datetime.now(UTC))
        session.flush()


def _date_back(bind: sa.Connection, row: Any) -> None:
    """The reading and the end of the order that this outcome told."""
    given = {"at": row["received_at"], "key": row["key"], "of": row["work_order_id"], "wrong": row["executed_at"]}
    typed = [sa.bindparam("at", type_=_MOMENT), sa.bindparam("wrong", type_=_MOMENT)]
    reading = sa.text("UPDATE readings SET read_at = :at WHERE execution_key = :key").bindparams(typed[0])
    bind.execute(reading, {"at": given["at"], "key": given["key"]})
    order = sa.text("UPDATE work_orders SET ended_at = :at WHERE id = :of AND ended_at = :wrong").bindparams(*typed)
    bind.execute(order, {name: given[name] for name in ("at", "of", "wrong")})
