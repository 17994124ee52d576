"""The numbers that are in, a mark on each fact of a meter, and meters that a time in the future had frozen

Such an outcome gets the time of its arrival, a person is asked, and the state of the meter is found anew. The index is
made while work goes on, outside of any transaction; what an attempt that failed has left of it goes first.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session

from agent.smm.intake.clocks import SLIGHT, Doubt
from agent.smm.intake.rebuilding import rebuild

revision = "0007"
down_revision = "0006"

_MOMENT = sa.DateTime(timezone=True)
_TO_CHECK = sa.text("clock_doubt IS NOT NULL AND time_checked_at IS NULL")
_INDEX, _TABLE = "ix_executions_clock_doubt", "executions"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(_INDEX, _TABLE, if_exists=True, postgresql_concurrently=True)
        op.create_index(
            _INDEX,
            _TABLE,
            ["received_at"],
            postgresql_concurrently=True,
            sqlite_where=_TO_CHECK,
            postgresql_where=_TO_CHECK,
        )
    _number_what_is_in()
    _mark_facts()
    _repair()


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
