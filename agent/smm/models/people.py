"""Who is let in: users, tablets, and other systems."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from agent.smm.models.base import Base, BigId


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


class ApiKey(Base):
    """Of another system that asks for work; only a hash of the key is kept. `tag` limits it as it limits a user."""

    __tablename__ = "api_keys"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    tag: Mapped[str] = mapped_column(String(50), default="")
    revoked: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
