"""Envelopes on their way to SMM. None is ever deleted: a receipt closes it, and it stays as history."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from agent.domain.exchange import Receipt, ReceiptState
from agent.domain.job import OutboxState
from agent.store.moments import to_text

_REFUSALS = {ReceiptState.CONFLICT: "smm-conflict", ReceiptState.REJECTED: "smm-rejected"}


@dataclass(frozen=True)
class Waiting:
    """An envelope as it was signed, and its number in the order of this tablet."""

    key: str
    sequence: int
    envelope: dict[str, Any]


def add(db: Database, job_id: str, build_envelope: Callable[[int], dict[str, Any]]) -> None:
    """Puts the envelope that `build_envelope` makes of the next sequence number at the end of the queue."""
    db.execute("UPDATE counters SET value = value + 1 WHERE name = 'sequence'")
    sequence: int = db.execute("SELECT value FROM counters WHERE name = 'sequence'").fetchone()[0]
    envelope = build_envelope(sequence)
    db.execute(
        "INSERT INTO outbox (key, job, sequence, envelope, state) VALUES (?, ?, ?, ?, 'waiting')",
        (envelope["key"], job_id, sequence, json.dumps(envelope, ensure_ascii=False, allow_nan=False)),
    )


def waiting(db: Database, limit: int, after: int = 0, characters: int | None = None) -> list[Waiting]:
    """The first `limit` envelopes that wait, in order, with a sequence number above `after`; with `characters`, fewer
    where they would be longer than that together, but one at least."""
    rows = db.query(
        "SELECT key, sequence, envelope FROM outbox WHERE state = 'waiting' AND sequence > ? ORDER BY sequence LIMIT ?",
        [after, limit],
    )
    found: list[Waiting] = []
    length = 0
    for row in rows:
        length += len(row["envelope"])
        if found and characters is not None and length > characters:
            break
        found.append(Waiting(row["key"], row["sequence"], json.loads(row["envelope"])))
    return found


def count_waiting(db: Database) -> int:
    return _count(db, "waiting")


def count_refused(db: Database) -> int:
    return _count(db, "refused")


def record(db: Database, receipts: Iterable[Receipt], at: datetime) -> None:
    """Closes what SMM took (`accepted`, `duplicate`), and marks what it refused, with the reason.

    Only an envelope that waits is changed, so that a late or repeated receipt does no harm.
    """
    for receipt in receipts:
        refusal = _REFUSALS.get(receipt.state)
        db.execute(
            "UPDATE outbox SET state = ?, refusal = ?, reason = ?, receipt_at = ? WHERE key = ? AND state = 'waiting'",
            ("refused" if refusal else "received", refusal, receipt.reason, to_text(at), receipt.key),
        )


def offer_again(db: Database, since: datetime) -> int:
    """What has a receipt of then or later waits once more, refusals too: SMM may have lost it. How many."""
    done = db.execute(
        "UPDATE outbox SET state = 'waiting', refusal = NULL, reason = NULL, receipt_at = NULL"
        " WHERE state IN ('received', 'refused') AND receipt_at >= ?",
        [to_text(since)],
    )
    return int(done.rowcount)


def _count(db: Database, state: OutboxState) -> int:
    count: int = db.execute("SELECT count(*) FROM outbox WHERE state = ?", [state]).fetchone()[0]
    return count
