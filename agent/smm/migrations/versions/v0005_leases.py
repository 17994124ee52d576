"""Leases that are over are found without a search; the meters of a tag are counted without looking at them

Indexes are made while work goes on, outside of any transaction; what an attempt that failed has left of them goes
first.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_CLAIMED = sa.text("state = 'claimed'")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        _make(
            "ix_work_orders_lease_until",
            "work_orders",
            ["lease_until"],
            sqlite_where=_CLAIMED,
            postgresql_where=_CLAIMED,
        )
        _make("ix_meters_tag_deleted", "meters", ["tag", "deleted"])
        _drop("ix_meters_tag", "meters")


def _make(name: str, table: str, columns: list[str], **options: Any) -> None:
    _drop(name, table)
    op.create_index(name, table, columns, postgresql_concurrently=True, **options)


def _drop(name: str, table: str) -> None:
    op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
