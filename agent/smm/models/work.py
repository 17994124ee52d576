"""Work: orders, what came in for them, and the outcomes that a person has to decide."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from agent.smm.models.base import Base, BigId
from agent.smm.models.meters import Meter

TIME_TO_CHECK = "clock_doubt IS NOT NULL AND time_checked_at IS NULL"
CLAIMED = "state = 'claimed'"
OPEN_CHARGE = "activity = 'credit-charge' AND state IN ('awaiting-approval', 'available', 'claimed')"


class WorkOrder(Base):
    """An activity at one meter, ordered in SMM or done on a tablet without an order.

    `outer_id` is the commercial order behind it, if any; `channel` is mobile or remote; `origin` is tablet or smm.
    `parameters` is an exchange `Parameters`; that of a charge lacks the token, which is locked in `sealed_token`.
    `fence` grows with each claim. `lease_device` stays after the lease ends, so that a late outcome of that tablet is
    recognised.
    """

    __tablename__ = "work_orders"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    activity: Mapped[str] = mapped_column(String(32))
    serial: Mapped[str] = mapped_column(ForeignKey("meters.serial"), index=True)
    outer_id: Mapped[str | None] = mapped_column(String(36))
    channel: Mapped[str] = mapped_column(String(10))
    origin: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(24), index=True)
    created_by: Mapped[str] = mapped_column(String(100))
    executed_by: Mapped[str | None] = mapped_column(String(100))
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    inserted_at: Mapped[datetime]
    downloaded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sealed_token: Mapped[bytes | None] = mapped_column(LargeBinary)
    token_id: Mapped[str | None] = mapped_column(String(32), unique=True)
    fence: Mapped[int] = mapped_column(default=0)
    lease_device: Mapped[str | None] = mapped_column(ForeignKey("devices.id", name="fk_work_orders_lease_device"))
    lease_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(100))
    cancel_requested_by: Mapped[str | None] = mapped_column(String(100))
    cancel_requested_at: Mapped[datetime | None]
    approved_by: Mapped[str | None] = mapped_column(String(100))
    approved_at: Mapped[datetime | None]
    meter: Mapped[Meter] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        Index(
            "ix_one_open_charge",
            "serial",
            unique=True,
            sqlite_where=text(OPEN_CHARGE),
            postgresql_where=text(OPEN_CHARGE),
        ),
        Index(
            "ix_work_orders_lease_until",
            "lease_until",
            sqlite_where=text(CLAIMED),
            postgresql_where=text(CLAIMED),
        ),
    )


class Execution(Base):
    """An envelope as it came in; its key is unique for ever.

    `standing` is counted (it decides the order's state), stale (from an earlier claim) or late (the order had already
    ended). `executed_at` is as the tablet told it, `corrected_at` what is believed; it lacks only in rows of earlier
    versions. `clock_doubt` says why a person should look at it (see `intake/clocks.py`), until somebody has.
    """

    __tablename__ = "executions"

    key: Mapped[str] = mapped_column(String(36), primary_key=True)
    work_order_id: Mapped[int] = mapped_column(ForeignKey("work_orders.id"), index=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"))
    sequence: Mapped[int]
    head_hash: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]
    job: Mapped[str | None] = mapped_column(String(100), index=True)
    part: Mapped[int] = mapped_column(default=1)
    parts: Mapped[int] = mapped_column(default=1)
    fence: Mapped[int | None]
    executed_by: Mapped[str | None] = mapped_column(String(100))
    executed_at: Mapped[datetime | None]
    standing: Mapped[str] = mapped_column(String(10), default="counted")
    serial: Mapped[str] = mapped_column(String(32), index=True)
    corrected_at: Mapped[datetime | None]
    clock_doubt: Mapped[str | None] = mapped_column(String(20))
    time_checked_by: Mapped[str | None] = mapped_column(String(100))
    time_checked_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_executions_clock_doubt",
            "received_at",
            sqlite_where=text(TIME_TO_CHECK),
            postgresql_where=text(TIME_TO_CHECK),
        ),
    )


class IdempotencyKey(Base):
    """A request under its requester's idempotency key: asking again creates no second order."""

    __tablename__ = "order_requests"

    asked_by: Mapped[str] = mapped_column(String(100), primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    order_ids: Mapped[list[int]] = mapped_column(JSON)
    created_at: Mapped[datetime]


class UndecidedOutcome(Base):
    """A change that may or may not have been made in the meter. A person decides: applied or not-applied."""

    __tablename__ = "undecided_outcomes"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    execution_key: Mapped[str] = mapped_column(ForeignKey("executions.key"), unique=True)
    work_order_id: Mapped[int] = mapped_column(ForeignKey("work_orders.id"), index=True)
    serial: Mapped[str] = mapped_column(ForeignKey("meters.serial"), index=True)
    evidence: Mapped[dict[str, Any]]
    raised_at: Mapped[datetime]
    decision: Mapped[str | None] = mapped_column(String(12))
    decided_by: Mapped[str | None] = mapped_column(String(100))
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(String(500))
