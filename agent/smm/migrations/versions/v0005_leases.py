"""Leases that are over are found without a search

The index is made while work goes on, outside of any transaction; what an attempt that failed has left of it goes
first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_NAME = "ix_work_orders_lease_until"
_CLAIMED = sa.text("state = 'claimed'")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(_NAME, "work_orders", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            _NAME,
            "work_orders",
            ["lease_until"],
            sqlite_where=_CLAIMED,
            postgresql_where=_CLAIMED,
            postgresql_concurrently=True,
        )
