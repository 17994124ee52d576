"""How many calls one client may make in a minute. Counted in the database: any process may be asked."""

import hashlib
from datetime import datetime
from typing import Any

from flask import Request
from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from agent.smm.models import RequestCount

KNOWN_A_MINUTE, UNKNOWN_A_MINUTE = 600, 300
"""Of a client with a token; of an address without one, which may be that of many tablets."""

_INSERT = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def client_of(request: Request) -> tuple[str, int]:
    """Who calls, as far as can be said before anything is looked up, and how many calls are theirs."""
    token = request.headers.get("Authorization", "")
    if token:
        return f"token {hashlib.sha256(token.encode()).hexdigest()[:32]}", KNOWN_A_MINUTE
    return f"address {request.remote_addr}"[:80], UNKNOWN_A_MINUTE


def count(session: Session, client: str, now: datetime) -> int:
    """With this call, how many there were in this minute."""
    minute = int(now.timestamp()) // 60
    insert: Any = _INSERT[session.get_bind().dialect.name](RequestCount).values(client=client, minute=minute, count=1)
    one_more = insert.on_conflict_do_update(
        index_elements=[RequestCount.client, RequestCount.minute], set_={"count": RequestCount.count + 1}
    )
    counted: int = session.scalar(one_more.returning(RequestCount.count)) or 1
    if counted == 1:
        session.execute(delete(RequestCount).where(RequestCount.client == client, RequestCount.minute < minute))
    return counted


def seconds_left(now: datetime) -> int:
    """Of this minute."""
    return 60 - int(now.timestamp()) % 60
