"""Meters, and what was read from them. Energies are whole Wh."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from agent.smm.models.base import Base, BigId


class Meter(Base):
    """A meter, with its customer, its secrets, and what is known of its state.

    `revision` grows with every change of any meter: it is the cursor of the tablets' directory. `sealed_secret` (for
    tablets) and `sealed_vending_key` (which never leaves SMM) are encrypted with SMM's own key; see `keys.py`.
    `breaker_state` and `credit_wh` are as read last, see `MeterFact`; `last_executed_at` is the corrected time of the
    outcome that told one of them last.
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
    last_executed_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(BigInteger, index=True)
    deleted: Mapped[bool] = mapped_column(default=False)
    last_reading: Mapped["LastReading"] = relationship(back_populates="meter", cascade="all, delete-orphan")

    __table_args__ = (Index("ix_meters_tag_deleted", "tag", "deleted"),)

    def __init__(self, **values: Any) -> None:
        super().__init__(**{"last_reading": LastReading(), **values})


class MeterFact(Base):
    """Which outcome has the last word on one fact of a meter: its corrected time, its tablet, its number there.

    `over_future`: what had the last word before lay in the future, by SMM's clock, when this one came in.
    """

    __tablename__ = "meter_facts"

    serial: Mapped[str] = mapped_column(ForeignKey("meters.serial"), primary_key=True)
    fact: Mapped[str] = mapped_column(String(10), primary_key=True)
    at: Mapped[datetime]
    device_id: Mapped[str | None] = mapped_column(String(40))
    sequence: Mapped[int | None]
    over_future: Mapped[bool] = mapped_column(default=False)


class Departure(Base):
    """A meter that has left a tag; `revision` counts as a meter's does."""

    __tablename__ = "departures"

    serial: Mapped[str] = mapped_column(ForeignKey("meters.serial"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(50), primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger, index=True)


class _Registers:
    """Registers of a reading in Wh; null if the meter lacks one. `meter_time` is the meter's clock at the reading."""

    t1: Mapped[int | None]
    t2: Mapped[int | None]
    t3: Mapped[int | None]
    t4: Mapped[int | None]
    t5: Mapped[int | None]
    t6: Mapped[int | None]
    meter_time: Mapped[datetime | None]


class Reading(_Registers, Base):
    """A reading that came in; `read_at` is the corrected time."""

    __tablename__ = "readings"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    execution_key: Mapped[str] = mapped_column(ForeignKey("executions.key"), unique=True)
    serial: Mapped[str] = mapped_column(ForeignKey("meters.serial"))
    total: Mapped[int]
    read_at: Mapped[datetime]
    inserted_at: Mapped[datetime]

    __table_args__ = (Index("ix_readings_serial_read_at", "serial", "read_at"),)


class LastReading(_Registers, Base):
    """A copy of a meter's latest reading. Every meter has a row, an empty one until it is read. `device_id` and
    `sequence` say which tablet read it, as in `MeterFact`.

    The report of last readings is thus one index scan, however many readings there are.
    """

    __tablename__ = "last_readings"

    serial: Mapped[str] = mapped_column(ForeignKey("meters.serial"), primary_key=True)
    total: Mapped[int | None]
    read_at: Mapped[datetime | None]
    inserted_at: Mapped[datetime | None]
    device_id: Mapped[str | None] = mapped_column(String(40))
    sequence: Mapped[int | None]
    meter: Mapped[Meter] = relationship(back_populates="last_reading")


class ProfileChannels(Base):
    """What the cells of profile rows mean: `channels` as in the exchange's `ProfilePayload`; `id` is their hash."""

    __tablename__ = "profile_channels"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    channels: Mapped[list[Any]] = mapped_column(JSON)
    capture_period_s: Mapped[int]


class ProfileRow(Base):
    """A row of a load profile, kept once; `cells` has a text for each channel.

    On PostgreSQL the table is partitioned by month of `captured_at`; see `partitions.py`.
    """

    __tablename__ = "profile_rows"

    serial: Mapped[str] = mapped_column(String(32), primary_key=True)
    captured_at: Mapped[datetime] = mapped_column(primary_key=True)
    channels_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    cells: Mapped[list[Any]] = mapped_column(JSON)
    execution_key: Mapped[str] = mapped_column(String(36))
    received_at: Mapped[datetime]
