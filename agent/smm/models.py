"""Tables of the central system. Times are aware UTC; energies are whole Wh."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, Integer, LargeBinary, String, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class UtcTime(TypeDecorator[datetime]):
    """SQLite keeps no time zone; every moment goes in and comes out in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BigId = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the key is called an integer."""


class Base(DeclarativeBase):
    type_annotation_map = {datetime: UtcTime, dict[str, Any]: JSON, int: BigInteger}  # noqa: RUF012


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    username: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str] = mapped_column(String(200), default="")
    identification: Mapped[str] = mapped_column(String(100), default="")
    group: Mapped[str] = mapped_column("user_group", String(50))
    tag: Mapped[str] = mapped_column(String(50), default="")
    culture: Mapped[str] = mapped_column(String(10))
    locked: Mapped[bool] = mapped_column(default=False)
    password_hash: Mapped[str] = mapped_column(String(200))


class Device(Base):
    """A tablet. Keys are raw public keys in hex."""

    __tablename__ = "devices"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    signing_key: Mapped[str] = mapped_column(String(64))
    sealing_key: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10))
    enrolled_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class MobileSession(Base):
    """A technician's session on a tablet; only a hash of its token is kept."""

    __tablename__ = "mobile_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"))
    expires_at: Mapped[datetime]
    user: Mapped[User] = relationship(lazy="joined")
    device: Mapped[Device] = relationship(lazy="joined")


class Meter(Base):
    """`revision` grows with every change, over all meters: the cursor of the tablets' directory.

    `sealed_secret` is encrypted under SMM's own key; see `keys.py`.
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
    revision: Mapped[int] = mapped_column(BigInteger, index=True)
    deleted: Mapped[bool] = mapped_column(default=False)


class WorkOrder(Base):
    """`outer_id` is the commercial order that asked for it; none for what was made on a tablet.

    `channel` is mobile or remote; `origin` tablet or smm.
    """

    __tablename__ = "work_orders"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    activity: Mapped[str] = mapped_column(String(32))
    serial: Mapped[str] = mapped_column(ForeignKey("meters.serial"), index=True)
    outer_id: Mapped[str | None] = mapped_column(String(36))
    channel: Mapped[str] = mapped_column(String(10))
    origin: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(24))
    created_by: Mapped[str] = mapped_column(String(100))
    executed_by: Mapped[str | None] = mapped_column(String(100))
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    inserted_at: Mapped[datetime]
    downloaded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    meter: Mapped[Meter] = relationship(lazy="joined")


class Execution(Base):
    """An envelope as it came in; its key is unique for ever."""

    __tablename__ = "executions"

    key: Mapped[str] = mapped_column(String(36), primary_key=True)
    work_order_id: Mapped[int] = mapped_column(ForeignKey("work_orders.id"))
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"))
    sequence: Mapped[int]
    head_hash: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]


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


class SystemSetting(Base):
    __tablename__ = "system_settings"

    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    value: Mapped[str] = mapped_column(String(500))
