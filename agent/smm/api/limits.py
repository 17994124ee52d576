"""How many calls one client may make in a minute, counted in the database for all processes together."""

import hashlib
from datetime import datetime
from functools import cache
from typing import Any

from flask import Request
from sqlalchemy import Connection, bindparam, delete
from sqlalchemy.dialects import postgresql, sqlite

from agent.smm.models import RequestCount

KNOWN_A_MINUTE, UNKNOWN_A_MINUTE = 600, 300
"""Calls a minute of one token; and, without a token, of one address, which many tablets may share."""

_INSERT = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_FORGET = delete(RequestCount).where(RequestCount.client == bindparam("of"), RequestCount.minute < bindparam("before"))


def client_of(request: Request) -> tuple[str, int]:
    """Who is counted, by token or else by address, and how many calls a minute they may make."""
    token = request.headers.get("Authorization", "")
    if token:
        return f"token {hashlib.sha256(token.encode()).hexdigest()[:32]}", KNOWN_A_MINUTE
    return f"address {request.remote_addr}"[:80], UNKNOWN_A_MINUTE


def count(connection: Connection, client: str, now: datetime) -> int:
    """Counts this call, and returns how many the client has made in this minute."""
    here = {"client": client, "minute": int(now.timestamp()) // 60}
    counted: int = connection.execute(_one_more(connection.dialect.name), here).scalar_one()
    if counted == 1:
        connection.execute(_FORGET, {"of": client, "before": here["minute"]})
    return counted


@cache
def _one_more(dialect: str) -> Any:
    """Built once: building a statement takes longer than sending it."""
    insert: Any = _INSERT[dialect](RequestCount).values(count=1)
    return insert.on_conflict_do_update(
        index_elements=[RequestCount.client, RequestCount.minute], set_={"count": RequestCount.count + 1}
    ).returning(RequestCount.count)


def seconds_left(now: datetime) -> int:
    """Until the next minute begins."""
    return 60 - int(now.timestamp()) % 60
