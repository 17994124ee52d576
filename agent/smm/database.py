"""The database: engine, sessions, schema, settings."""

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Insert, create_engine, event, insert, make_url, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InvalidatePoolError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session, sessionmaker

from agent.smm.models import Base, SystemSetting

HEAD = "0007"
"""Schema revision that this program needs. Numbers grow; a later revision removes nothing that this program uses."""

MIGRATIONS = Path(__file__).with_name("migrations")
AUTO_APPROVE = "auto_approve"
EPOCH = "epoch"
LAST_REVISION = "last_revision"
_COOKIE_KEY = "cookie_key"
_USED_AT = "used_at"
IDLE_SECONDS = 2.0
_READ_ONLY = {"postgresql_readonly": True}
_EACH_BY_ITSELF = {"isolation_level": "AUTOCOMMIT"}
_CONNECT = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "options": "-c lock_timeout=10s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s",
}
"""A server that is gone is noticed within seconds, and no lock, statement or idle transaction lasts for ever."""


class Database:
    """Sessions on one database, which is SQLite or PostgreSQL by its URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._readers = sessionmaker(self.engine.execution_options(**_READ_ONLY), expire_on_commit=False)
        self._at_once = self.engine.execution_options(**({} if _is_sqlite(url) else _EACH_BY_ITSELF))

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """One transaction, committed at the end of the block."""
        with self._sessions.begin() as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that changes nothing and blocks nobody."""
        with self._readers.begin() as session:
            yield session

    @contextmanager
    def at_once(self) -> Iterator[Connection]:
        """For single statements: on PostgreSQL each commits by itself, which saves two round trips to the server."""
        with self._at_once.begin() as connection:
            yield connection

    def is_current(self) -> bool:
        """Whether the schema has what this program needs. A later schema has too, as during an upgrade of several
        hosts one after the other."""
        try:
            with self.engine.connect() as connection:
                version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
                return str(version or "") >= HEAD
        except (OperationalError, ProgrammingError):
            return False


def migrate(url: str, revision: str = "head") -> None:
    """Brings the schema up to date, if it is not. Servers may keep running meanwhile."""
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
    command.upgrade(config, revision)


def get_setting(session: Session, name: str) -> str | None:
    """The value of a setting, or None."""
    row = session.get(SystemSetting, name)
    return None if row is None else row.value


def put_setting(session: Session, name: str, value: str) -> None:
    """Adds or replaces a setting."""
    session.merge(SystemSetting(name=name, value=value))


def cookie_key(session: Session) -> str:
    """The key that signs the pages' session cookies; the first process to ask draws it."""
    if (key := get_setting(session, _COOKIE_KEY)) is not None:
        return key
    insert_new(session, SystemSetting, [{"name": _COOKIE_KEY, "value": secrets.token_hex(32)}])
    return session.scalars(select(SystemSetting.value).where(SystemSetting.name == _COOKIE_KEY)).one()


def add_row(session: Session, table: type[Base], values: Mapping[str, Any]) -> Any:
    """Inserts a row immediately, bypassing the session's unit of work: a few times faster where thousands come in.
    Returns the first column of the row's primary key."""
    key = session.connection().execute(_insert_into(table), values).inserted_primary_key
    return None if key is None else key[0]


@cache
def _insert_into(table: type[Base]) -> Insert:
    rows: Any = table.__table__
    return insert(rows)


def insert_new(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts the rows that are not there yet."""
    session.connection().execute(_insert_new_into(table, session.get_bind().dialect.name), list(rows))


@cache
def _insert_new_into(table: type[Base], dialect: str) -> Insert:
    dialects: dict[str, Any] = {"postgresql": postgresql, "sqlite": sqlite}
    statement: Insert = dialects[dialect].insert(table.__table__).on_conflict_do_nothing()
    return statement


def utc_now() -> datetime:
    """The time, aware and in UTC."""
    return datetime.now(UTC)


def _engine(url: str) -> Engine:
    if _is_sqlite(url):
        engine = create_engine(url)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(url, connect_args=_CONNECT)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", _check_alive)
    return engine


def _note_use(_connection: Any, record: Any) -> None:
    record.info[_USED_AT] = time.monotonic()


def _check_alive(connection: Any, record: Any, _proxy: Any) -> None:
    """Checks a connection that was idle: its server may have stopped, or become a standby. Checking every time would
    cost a call a tenth of its time."""
    used_at = record.info.get(_USED_AT)
    if used_at is None or time.monotonic() - used_at < IDLE_SECONDS:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except connection.Error:
        raise InvalidatePoolError from None


def _is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours, see _begin_sqlite
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    """IMMEDIATE, because a transaction that reads first and writes later fails if another one has written meanwhile."""
    reads = connection.get_execution_options().get("postgresql_readonly")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
