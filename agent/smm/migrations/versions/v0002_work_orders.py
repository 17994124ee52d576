"""Work orders that tablets claim, the catalogue, vending keys, other systems, undecided outcomes"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_OPEN_CHARGE = sa.text("activity = 'credit-charge' AND state IN ('available', 'claimed')")


def _number() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def upgrade() -> None:
    _widen_meters()
    _widen_work_orders()
    _widen_executions()
    _add_catalogue()
    _add_undecided_outcomes()
    op.create_table(
        "order_requests",
        sa.Column("asked_by", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("order_ids", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("asked_by", "key"),
    )
    op.create_table(
        "api_keys",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("tag", sa.String(length=50), nullable=False),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_hash"),
        sa.UniqueConstraint("name"),
    )


def _widen_meters() -> None:
    with op.batch_alter_table("meters", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sealed_vending_key", sa.LargeBinary(), nullable=True))
        batch_op.add_column(
            sa.Column("contract_state", sa.String(length=32), nullable=False, server_default="activated")
        )
        batch_op.add_column(sa.Column("contract_profile", sa.String(length=100), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("tariff_profile", sa.String(length=100), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("breaker_state", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("credit_wh", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("credit_read_at", sa.DateTime(timezone=True), nullable=True))


def _widen_work_orders() -> None:
    with op.batch_alter_table("work_orders", schema=None) as batch_op:
        batch_op.add_column(sa.Column("parameters", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("sealed_token", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("token_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("fence", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("lease_device", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("claimed_by", sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column("cancel_requested_by", sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_unique_constraint("uq_work_orders_token_id", ["token_id"])
        batch_op.create_foreign_key("fk_work_orders_lease_device", "devices", ["lease_device"], ["id"])
        batch_op.create_index(batch_op.f("ix_work_orders_state"), ["state"], unique=False)
    op.create_index(
        "ix_one_open_charge",
        "work_orders",
        ["serial"],
        unique=True,
        sqlite_where=_OPEN_CHARGE,
        postgresql_where=_OPEN_CHARGE,
    )


def _widen_executions() -> None:
    with op.batch_alter_table("executions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("job", sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column("part", sa.BigInteger(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("parts", sa.BigInteger(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("fence", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("executed_by", sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column("executed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("standing", sa.String(length=10), nullable=False, server_default="counted"))
        batch_op.create_index(batch_op.f("ix_executions_job"), ["job"], unique=False)
        batch_op.create_index(batch_op.f("ix_executions_work_order_id"), ["work_order_id"], unique=False)


def _add_catalogue() -> None:
    op.create_table(
        "prepay_profiles",
        _number(),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("mode", sa.String(length=12), nullable=False),
        sa.Column("credit_preset_wh", sa.BigInteger(), nullable=False),
        sa.Column("warning_threshold_wh", sa.BigInteger(), nullable=False),
        sa.Column("limit_wh", sa.BigInteger(), nullable=False),
        sa.Column("emergency_credit_wh", sa.BigInteger(), nullable=False),
        sa.Column("unit_charge", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "tariff_plans",
        _number(),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("model", sa.String(length=32), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name", "model"),
    )
    op.create_table(
        "contracts",
        _number(),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("model", sa.String(length=32), nullable=False),
        sa.Column("threshold_w", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name", "model"),
    )


def _add_undecided_outcomes() -> None:
    op.create_table(
        "undecided_outcomes",
        _number(),
        sa.Column("execution_key", sa.String(length=36), nullable=False),
        sa.Column("work_order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, index=True),
        sa.Column("serial", sa.String(length=32), nullable=False, index=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(length=12), nullable=True),
        sa.Column("decided_by", sa.String(length=100), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(["execution_key"], ["executions.key"]),
        sa.ForeignKeyConstraint(["work_order_id"], ["work_orders.id"]),
        sa.ForeignKeyConstraint(["serial"], ["meters.serial"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("execution_key"),
    )
