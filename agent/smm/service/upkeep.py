"""Daily upkeep: creates partitions of profile rows ahead, and deletes what has expired."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from agent.smm.importing import drafts
from agent.smm.intake.partitions import create_months
from agent.smm.models import ImportDraft, LoginFailures, MobileSession, RequestCount, WebSession
from agent.smm.people import lockout, web_sessions

SESSIONS_KEPT = timedelta(days=400)
"""Ended sessions are kept that long because they show in which areas a tablet works."""
COUNTS_KEPT = timedelta(hours=1)


@dataclass(frozen=True)
class Done:
    """Partitions that were created, and how many rows were deleted."""

    months: list[str]
    rows: int


def keep_up(session: Session, now: datetime) -> Done:
    """Does the upkeep. It may run at any time, while servers keep running."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    months = create_months(session.connection(), now) if is_postgresql else []
    return Done(months, sum(_forget(session, table, is_old) for table, is_old in _old(now)))


def _old(now: datetime) -> list[tuple[Any, Any]]:
    minute = int((now - COUNTS_KEPT).timestamp()) // 60
    return [
        (RequestCount, RequestCount.minute < minute),
        (LoginFailures, LoginFailures.last_at < now - lockout.WAIT),
        (WebSession, WebSession.created_at < now - web_sessions.LONGEST),
        (MobileSession, MobileSession.expires_at < now - SESSIONS_KEPT),
        (ImportDraft, ImportDraft.made_at < now - drafts.KEPT),
    ]


def _forget(session: Session, table: Any, is_old: Any) -> int:
    result: Any = session.execute(delete(table).where(is_old))
    return int(result.rowcount)
