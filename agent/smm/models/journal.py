"""What happened, in order: for the billing system, and for whoever looks into it later."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, FetchedValue, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from agent.smm.models.base import Base, BigId


class Event(Base):
    """One for each reading that is new and each order that has ended: what `GET /events` tells.

    `transaction_number` is PostgreSQL's of the transaction that wrote it: transactions end in another order than
    they draw their row numbers, and a reader must not pass by one that is still to come. Where there is one writer
    at a time it is 0. `epoch` grows when a backup is restored; see `restoring.py`.
    """

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    epoch: Mapped[int]
    transaction_number: Mapped[int] = mapped_column(server_default=FetchedValue())
    kind: Mapped[str] = mapped_column(String(10))
    serial: Mapped[str] = mapped_column(String(32))
    work_order_id: Mapped[int] = mapped_column(BigInteger)
    execution_key: Mapped[str | None] = mapped_column(String(36))
    at: Mapped[datetime]

    __table_args__ = (Index("ix_events_place", "epoch", "transaction_number", "id"),)


class AuditEntry(Base):
    """Who did what to what, and when. Only ever added to; holds no secret and no customer's data but serial numbers."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(100))
    address: Mapped[str] = mapped_column(String(64), default="")
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(100), default="")
    tag: Mapped[str] = mapped_column(String(50), default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class ImportDraft(Base):
    """A list of meters that was looked through and waits to be taken in; locked, as it holds keys."""

    __tablename__ = "import_drafts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    made_by: Mapped[str] = mapped_column(String(100))
    made_at: Mapped[datetime]
    sealed_rows: Mapped[bytes] = mapped_column(LargeBinary)
