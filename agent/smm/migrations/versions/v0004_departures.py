"""Meters that have left a tag, so that its tablets forget them"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "departures",
        sa.Column("serial", sa.String(length=32), sa.ForeignKey("meters.serial"), primary_key=True),
        sa.Column("tag", sa.String(length=50), primary_key=True),
        sa.Column("revision", sa.BigInteger(), nullable=False, index=True),
    )
