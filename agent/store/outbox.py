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

BuildEnvelope = Callable[[int], dict[str, Any]]
"""Given the tablet's next sequence number, returns the signed envelope as plain JSON, with its `key`. It runs inside
the writing transaction, so it must be quick."""

_REFUSALS = {ReceiptState.CONFLICT: "smm-conflict", ReceiptState.REJECTED: "smm-rejected"}

_NEXT_SEQUENCE = "UPDATE counters SET value = value + 1 WHERE name = 'sequence'"
"""Takes the tablet's next sequence number."""

_SEQUENCE = "SELECT value FROM counters WHERE name = 'sequence'"
"""The sequence number that was taken last."""

_ADD = "INSERT INTO outbox (key, job, sequence, envelope, state) VALUES (?, ?, ?, ?, 'waiting')"
"""Puts a signed envelope into the outbox."""

_WAITING = """
SELECT key, sequence, envelope FROM outbox WHERE state = 'waiting' AND sequence > ? ORDER BY sequence LIMIT ?
"""
"""Envelopes to be sent, oldest first, from after a sequence number on."""

_RECORD = "UPDATE outbox SET state = ?, refusal = ?, reason = ?, receipt_at = ? WHERE key = ? AND state = 'waiting'"
"""Closes a waiting envelope with its receipt."""

_OFFER_AGAIN = """
UPDATE outbox SET state = 'waiting', refusal = NULL, reason = NULL, receipt_at = NULL
WHERE state IN ('received', 'refused') AND receipt_at >= ?
"""
"""Opens envelopes again whose receipt is not older than a moment."""


@dataclass(frozen=True)
class Waiting:
    """An envelope as it was signed, and its sequence number on this tablet."""

    key: str
    sequence: int
    envelope: dict[str, Any]


def add(db: Database, job_id: str, build_envelope: BuildEnvelope) -> None:
    """Builds an envelope with the next sequence number, and puts it at the end of the queue."""
    db.execute(_NEXT_SEQUENCE)
    sequence: int = db.execute(_SEQUENCE).fetchone()[0]
    envelope = build_envelope(sequence)
    content = json.dumps(envelope, ensure_ascii=False, allow_nan=False)
    db.execute(_ADD, (envelope["key"], job_id, sequence, content))


def waiting(db: Database, limit: int, after: int = 0, characters: int | None = None) -> list[Waiting]:
    """The first `limit` waiting envelopes with a sequence number above `after`, in order.

    With `characters`, only as many as fit into that length together, but always at least one.
    """
    found: list[Waiting] = []
    length = 0
    for row in db.query(_WAITING, [after, limit]):
        length += len(row["envelope"])
        if found and characters is not None and length > characters:
            break
        found.append(Waiting(row["key"], row["sequence"], json.loads(row["envelope"])))
    return found


def count_waiting(db: Database) -> int:
    """How many envelopes SMM has not answered for."""
    return _count(db, "waiting")


def count_refused(db: Database) -> int:
    """How many envelopes SMM has refused."""
    return _count(db, "refused")


def record(db: Database, receipts: Iterable[Receipt], at: datetime) -> None:
    """Closes what SMM took (`accepted`, `duplicate`), and marks what it refused, with the reason.

    Only a waiting envelope is changed, so a late or repeated receipt does no harm.
    """
    for receipt in receipts:
        refusal = _REFUSALS.get(receipt.state)
        state: OutboxState = "refused" if refusal else "received"
        db.execute(_RECORD, (state, refusal, receipt.reason, to_text(at), receipt.key))


def offer_again(db: Database, since: datetime) -> int:
    """Envelopes with a receipt from `since` on, refusals too, wait once more: SMM may have lost them. Returns how
    many."""
    return int(db.execute(_OFFER_AGAIN, [to_text(since)]).rowcount)


def _count(db: Database, state: OutboxState) -> int:
    count: int = db.execute("SELECT count(*) FROM outbox WHERE state = ?", [state]).fetchone()[0]
    return count
