"""The database: engine, schema, settings."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session, sessionmaker

from agent.smm.models import SystemSetting

HEAD = "0002"
"""Revision of the schema that this program works with."""

MIGRATIONS = Path(__file__).with_name("migrations")
AUTO_APPROVE = "auto_approve"
_COOKIE_KEY = "cookie_key"


class Database:
    """Sessions on one database. `begin` is one transaction."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        with self._sessions.begin() as session:
            yield session

    def is_current(self) -> bool:
        """Whether the schema is the one that this program works with."""
        try:
            with self.engine.connect() as connection:
                return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD
        except (OperationalError, ProgrammingError):
            return False


def migrate(url: str) -> None:
    """Brings the schema up to date; nothing is done where it is."""
    database = Database(url)
    current = database.is_current()
    database.engine.dispose()
    if current:
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    command.upgrade(config, "head")


def get_setting(session: Session, name: str) -> str | None:
    row = session.get(SystemSetting, name)
    return None if row is None else row.value


def put_setting(session: Session, name: str, value: str) -> None:
    session.merge(SystemSetting(name=name, value=value))


def cookie_key(session: Session) -> str:
    """What the pages' session cookies are signed with; drawn once."""
    key = get_setting(session, _COOKIE_KEY)
    if key is None:
        key = secrets.token_hex(32)
        put_setting(session, _COOKIE_KEY, key)
    return key


def utc_now() -> datetime:
    return datetime.now(UTC)


def _engine(url: str) -> Engine:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_for_writing)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_for_writing(connection: Any) -> None:
    """A transaction that reads first and writes later would fail where another one wrote meanwhile."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
