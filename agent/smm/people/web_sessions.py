"""Sessions on the pages: in the database, so that every process knows them and a person can end them."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from agent.smm.models import MobileSession, User, WebSession

IDLE, LONGEST = timedelta(hours=2), timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=5)


def begin(session: Session, user: User, address: str, now: datetime) -> str:
    """Begins a session and returns its token, for the cookie. Deletes the user's expired ones."""
    token = secrets.token_urlsafe(32)
    session.add(WebSession(token_hash=_hash(token), user_id=user.id, address=address[:64], created_at=now, seen_at=now))
    session.execute(delete(WebSession).where(WebSession.user_id == user.id, WebSession.created_at < now - LONGEST))
    return token


def find(session: Session, token: str | None, now: datetime) -> WebSession | None:
    """The session of this token, unless it was idle, or has lasted, too long."""
    found = None if not token else session.get(WebSession, _hash(token))
    if found is None or found.seen_at <= now - IDLE or found.created_at <= now - LONGEST:
        return None
    return found


def is_seen_late(found: WebSession, now: datetime) -> bool:
    """Whether it is time to record again that the session is in use."""
    return found.seen_at <= now - SEEN_EVERY


def mark_seen(session: Session, token: str, now: datetime) -> None:
    """Records that the session is in use."""
    if (found := session.get(WebSession, _hash(token))) is not None:
        found.seen_at = now


def end(session: Session, token: str | None) -> None:
    """Ends the session of this token, if there is one."""
    if token:
        session.execute(delete(WebSession).where(WebSession.token_hash == _hash(token)))


def end_all(session: Session, user: User) -> int:
    """Ends the user's sessions on pages and tablets; returns how many there were."""
    count = 0
    for table in (WebSession, MobileSession):
        ids = select(table.token_hash).where(table.user_id == user.id)
        count += len(session.scalars(ids).all())
        session.execute(delete(table).where(table.user_id == user.id))
    return count


def count_of(session: Session, user: User, now: datetime) -> int:
    """How many sessions the user has, on pages and tablets."""
    web = select(WebSession.token_hash).where(WebSession.user_id == user.id, WebSession.seen_at > now - IDLE)
    mobile = select(MobileSession.token_hash).where(MobileSession.user_id == user.id, MobileSession.expires_at > now)
    return len(session.scalars(web).all()) + len(session.scalars(mobile).all())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
