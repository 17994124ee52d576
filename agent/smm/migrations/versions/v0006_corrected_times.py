"""Corrected times and who checked them, the last word on each fact of a meter, and the numbers of tablets that are in

New tables and columns only, which takes no time; `0007` fills them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _widen()
    _add_tables()


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
