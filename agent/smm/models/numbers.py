"""Sequence numbers of tablets: which are in, and which will never come."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from agent.smm.models.base import Base


class ReceivedRange(Base):
    """Numbers of a tablet that are in, without a hole: a tablet without gaps has one row.

    `first_at` and `last_at` are corrected times, from within the range and as near to its ends as a time could be
    trusted. What was done before, or after, was done before, or after, them.
    """

    __tablename__ = "received_ranges"

    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    first: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
    first_at: Mapped[datetime | None]
    last_at: Mapped[datetime | None]


class ReportedAbsence(Base):
    """Numbers that a tablet will never send, as it has reported; see the exchange's `Absence`."""

    __tablename__ = "absences"

    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    first: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(primary_key=True)
    cause: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(String(300))
    reported_by: Mapped[str] = mapped_column(String(100))
    reported_at: Mapped[datetime]
