"""Who has access: users and their sessions, tablets, and other systems."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from agent.smm.models.base import Base, BigId


class User(Base):
    """A user of the pages or of the tablets; `tag` limits what is seen, empty for no limit."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    username: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str] = mapped_column(String(200), default="")
    identification: Mapped[str] = mapped_column(String(100), default="")
    group: Mapped[str] = mapped_column("user_group", String(50))
    tag: Mapped[str] = mapped_column(String(50), default="")
    culture: Mapped[str] = mapped_column(String(10))
    time_zone: Mapped[str] = mapped_column(String(50), default="", server_default="")
    locked: Mapped[bool] = mapped_column(default=False)
    password_hash: Mapped[str] = mapped_column(String(200))


class EnrolledTablet(Base):
    """A tablet that has enrolled; its keys are raw public keys in hex."""

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
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"), index=True)
    created_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    user: Mapped[User] = relationship(lazy="joined")
    device: Mapped[EnrolledTablet] = relationship(lazy="joined")


class WebSession(Base):
    """A user's session on the pages; only a hash of its token is kept. It is deleted to end it."""

    __tablename__ = "web_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    address: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    user: Mapped[User] = relationship(lazy="joined")


class LoginFailures(Base):
    """Wrong passwords in a row, for a user name or from an address; see `lockout.py`."""

    __tablename__ = "login_failures"

    subject: Mapped[str] = mapped_column(String(110), primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime]


class RequestCount(Base):
    """Calls of one client within one minute, counted since 1970; see `limits.py`."""

    __tablename__ = "request_counts"

    client: Mapped[str] = mapped_column(String(80), primary_key=True)
    minute: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]


class ApiKey(Base):
    """The API key of another system; only a hash of it is kept. `tag` limits it as it limits a user."""

    __tablename__ = "api_keys"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    tag: Mapped[str] = mapped_column(String(50), default="")
    revoked: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
