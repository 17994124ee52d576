"""How many calls one client may make in a minute. Counted in the database: any process may be asked."""

import hashlib
from datetime import datetime
from functools import cache
from typing import Any

from flask import Request
from sqlalchemy import Connection, bindparam, delete
from sqlalchemy.dialects import postgresql, sqlite

from agent.smm.models import RequestCount

KNOWN_A_MINUTE, UNKNOWN_A_MINUTE = 600, 300
"""Of a client with a token; of an address without one, which may be that of many tablets."""

_INSERT = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_FORGET = delete(RequestCount).where(RequestCount.client == bindparam("of"), RequestCount.minute < bindparam("before"))


def client_of(request: Request) -> tuple[str, int]:
    """Who calls, as far as can be said before anything is looked up, and how many calls are theirs."""
    token = request.headers.get("Authorization", "")
    if token:
        return f"token {hashlib.sha256(token.encode()).hexdigest()[:32]}", KNOWN_A_MINUTE
    return f"address {request.remote_addr}"[:80], UNKNOWN_A_MINUTE


def count(connection: Connection, client: str, now: datetime) -> int:
    """With this call, how many there were in this minute."""
    here = {"client": client, "minute": int(now.timestamp()) // 60}
    counted: int = connection.execute(_one_more(connection.dialect.name), here).scalar_one()
    if counted == 1:
        connection.execute(_FORGET, {"of": client, "before": here["minute"]})
    return counted


@cache
def _one_more(dialect: str) -> Any:
    """Made once: to make a statement takes longer than to send it."""
    insert: Any = _INSERT[dialect](RequestCount).values(count=1)
    return insert.on_conflict_do_update(
        index_elements=[RequestCount.client, RequestCount.minute], set_={"count": RequestCount.count + 1}
    ).returning(RequestCount.count)


def seconds_left(now: datetime) -> int:
    """Of this minute."""
    return 60 - int(now.timestamp()) % 60
