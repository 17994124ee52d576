"""Whether a row can be one that was written, where no digest tells: in files of earlier programs."""

import json
from collections.abc import Callable, Mapping

from sqlite_utils import Database

from agent.domain.activity import Activity
from agent.domain.attempt import AttemptState
from agent.domain.exchange import Claim, Envelope, PrepayProfileMessage, User
from agent.domain.signing import content_hash
from agent.store.moments import from_optional, from_text
from agent.store.rescue.shapes import Row
from agent.store.rescue.versions import rank


def is_sound(row: Row) -> bool:
    """Whether the envelope of a row of the outbox is whole: one that SMM would read, whose payload fits its hash."""
    try:
        envelope = json.loads(row["envelope"])
        Envelope.model_validate(envelope)
        return bool(envelope["key"] == row["key"] and content_hash(envelope["payload"]) == envelope["sha256"])
    except (TypeError, ValueError):
        return False


def is_plausible(table: str, row: Row) -> bool:
    """Whether the program can do something with each value of the row."""
    if table != "identity" and any(isinstance(value, bytes) for value in row.values()):
        return False
    try:
        return _CHECKS[table](row) if table in _CHECKS else True
    except (KeyError, TypeError, ValueError):
        return False


def implausible_row(db: Database) -> str:
    """Names the first table with a row that is not plausible; empty, if there is none. Raises: sqlite3.Error."""
    tables = {name for (name,) in db.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")}
    for table in sorted(tables & _CHECKS.keys()):
        if not all(is_plausible(table, row) for row in db.query(f"SELECT * FROM main.{table}")):
            return f"a row of {table} makes no sense"
    return ""


def _is_job(row: Row) -> bool:
    Activity(row["activity"])
    from_text(row["created_at"])
    for name in ("started_at", "ended_at", "dismissed_at"):
        from_optional(row[name])
    for name in ("result", "error_params", "request"):
        json.loads(row.get(name) or "{}")
    return rank("jobs", row["state"]) >= 0


def _is_attempt(row: Row) -> bool:
    AttemptState(row["state"])
    json.loads(row["evidence"])
    return True


def _is_account(row: Row) -> bool:
    User.model_validate_json(row["user"])
    from_text(row["offline_until"])
    return True


def _is_profile(row: Row) -> bool:
    from_text(row["first"])
    from_text(row["last"])
    json.loads(row["shape"] or "{}")
    return True


_CHECKS: Mapping[str, Callable[[Row], bool]] = {
    "outbox": is_sound,
    "jobs": _is_job,
    "attempts": _is_attempt,
    "accounts": _is_account,
    "load_profiles": _is_profile,
    "orders": lambda row: bool(Claim.model_validate_json(row["claim"])),
    "prepay_profiles": lambda row: bool(PrepayProfileMessage.model_validate_json(row["profile"])),
    "probes": lambda row: bool(from_text(row["last_used"])),
}
