"""What happened, in order: for the billing system and for auditors; and lists that wait for their import."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, FetchedValue, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from agent.smm.models.base import Base, BigId


class Event(Base):
    """A new reading or an ended order, for `GET /events`.

    `transaction_number` is PostgreSQL's number of the transaction that wrote the event: transactions do not end in
    the order in which they draw row numbers, and a reader must not skip one that is still open. With SQLite, which
    has one writer at a time, it is 0. `epoch` grows when a backup is restored; see `restoring.py`.
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
    """Who did what to what, and when. Append-only; of customers' data it has serial numbers only, and no secrets."""

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
    """A list of meters that was checked and waits for its import; locked, because it contains keys."""

    __tablename__ = "import_drafts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    made_by: Mapped[str] = mapped_column(String(100))
    made_at: Mapped[datetime]
    sealed_rows: Mapped[bytes] = mapped_column(LargeBinary)
