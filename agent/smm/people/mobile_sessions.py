"""Sessions of technicians on tablets. Every call of a tablet looks one up, so the statement is built once."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from agent.smm.models import EnrolledTablet, MobileSession, User


@dataclass(frozen=True)
class Technician:
    """Who is logged in on a tablet, and on which; the tablet's public keys are in hex."""

    user_id: int
    username: str
    group: str
    tag: str
    locked: bool
    device_id: str
    device_state: str
    signing_key: str
    sealing_key: str
    seen_at: datetime
    expires_at: datetime


_TABLES: Any = (MobileSession.__table__, User.__table__, EnrolledTablet.__table__)
_SESSIONS, _USERS, _DEVICES = _TABLES
_FIND = (
    select(
        _SESSIONS.c.user_id,
        _USERS.c.username,
        _USERS.c.user_group.label("group"),
        _USERS.c.tag,
        _USERS.c.locked,
        _SESSIONS.c.device_id,
        _DEVICES.c.state.label("device_state"),
        _DEVICES.c.signing_key,
        _DEVICES.c.sealing_key,
        _DEVICES.c.seen_at,
        _SESSIONS.c.expires_at,
    )
    .join(_USERS, _USERS.c.id == _SESSIONS.c.user_id)
    .join(_DEVICES, _DEVICES.c.id == _SESSIONS.c.device_id)
    .where(_SESSIONS.c.token_hash == bindparam("token"))
)


def find(session: Session, token: str, now: datetime) -> Technician | None:
    """The session of this token, unless it has expired. The caller checks whether user and tablet still have access."""
    found = session.connection().execute(_FIND, {"token": hash_of(token)}).one_or_none()
    return None if found is None or found.expires_at <= now else Technician(**found._mapping)


def mark_seen(session: Session, device_id: str, now: datetime) -> None:
    """Records that the tablet was here."""
    session.execute(update(EnrolledTablet).where(EnrolledTablet.id == device_id).values(seen_at=now))


def hash_of(token: str) -> str:
    """What is kept of a token: its SHA-256, in hex."""
    return hashlib.sha256(token.encode()).hexdigest()
