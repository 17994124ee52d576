"""Meters, and what was read from them. Energies are whole Wh."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from agent.smm.models.base import Base, BigId


class Meter(Base):
    """`revision` grows with every change, over all meters: the cursor of the tablets' directory.

    `sealed_secret` (for tablets) and `sealed_vending_key` (for nobody) are encrypted under SMM's own key; see
    `keys.py`. `breaker_state` and `credit_wh` are what was read last.
    """

    __tablename__ = "meters"

    serial: Mapped[str] = mapped_column(String(32), primary_key=True)
    model: Mapped[str] = mapped_column(String(32))
    concentrator: Mapped[str] = mapped_column(String(64), default="")
    mac: Mapped[str] = mapped_column(String(32), default="")
    app_version: Mapped[str] = mapped_column(String(64), default="")
    state: Mapped[str] = mapped_column(String(32), default="Commissioned")
    process_state: Mapped[str] = mapped_column(String(64), default="")
    reachable: Mapped[bool] = mapped_column(default=True)
    details: Mapped[str] = mapped_column(String(200), default="")
    is_prepay_configured: Mapped[bool] = mapped_column(default=False)
    tag: Mapped[str] = mapped_column(String(50), default="")
    pod: Mapped[str | None] = mapped_column(String(64), unique=True)
    address: Mapped[str | None] = mapped_column(String(200))
    customer: Mapped[str | None] = mapped_column(String(100))
    sealed_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_vending_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    contract_state: Mapped[str] = mapped_column(String(32), default="activated")
    contract_profile: Mapped[str] = mapped_column(String(100), default="")
    tariff_profile: Mapped[str] = mapped_column(String(100), default="")
    breaker_state: Mapped[str | None] = mapped_column(String(32))
    credit_wh: Mapped[int | None]
    credit_read_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(BigInteger, index=True)
    deleted: Mapped[bool] = mapped_column(default=False)


class Reading(Base):
    """`read_at` is when the tablet read, by its clock; a register that the meter lacks is null."""

    __tablename__ = "readings"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    execution_key: Mapped[str] = mapped_column(ForeignKey("executions.key"), unique=True)
    serial: Mapped[str] = mapped_column(ForeignKey("meters.serial"))
    t1: Mapped[int | None]
    t2: Mapped[int | None]
    t3: Mapped[int | None]
    t4: Mapped[int | None]
    t5: Mapped[int | None]
    t6: Mapped[int | None]
    total: Mapped[int]
    meter_time: Mapped[datetime | None]
    read_at: Mapped[datetime]
    inserted_at: Mapped[datetime]

    __table_args__ = (Index("ix_readings_serial_read_at", "serial", "read_at"),)
