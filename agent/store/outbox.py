"""Envelopes on their way to SMM. None is ever deleted: a receipt closes it, and it stays as history."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from agent.domain.errors import InputError
from agent.domain.exchange import Receipt, ReceiptState
from agent.domain.job import OutboxState
from agent.store import digests
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

_WAITING = "SELECT key, sequence, envelope FROM outbox WHERE state = 'waiting' AND sequence > ? ORDER BY sequence"
"""Envelopes to be sent, oldest first, from after a sequence number on."""

_RECORD = """
UPDATE outbox SET state = ?, refusal = ?, reason = ?, refusal_code = ?, refused_at_revision = ?, receipt_at = ?
WHERE key = ? AND state = 'waiting'
"""
"""Closes a waiting envelope with its receipt."""

_WAITS_AGAIN = """
UPDATE outbox SET state = 'waiting', refusal = NULL, reason = NULL, refusal_code = NULL, refused_at_revision = NULL,
    receipt_at = NULL
"""

_MAY_PASS = ("unknown-meter",)
"""Codes of refusals that SMM takes back once it knows more."""

_RETRY_PASSING = f"""
{_WAITS_AGAIN} WHERE state = 'refused' AND refusal_code IN ({", ".join("?" * len(_MAY_PASS))})
    AND refused_at_revision IS NOT ?
"""
"""Opens envelopes again that were refused while SMM's directory was another one."""

_RETRY = f"{_WAITS_AGAIN} WHERE state = 'refused' AND refusal IS NOT 'smm-conflict' AND job = ?"
"""Opens the refused envelopes of a job again, where SMM may take them another time."""

_CLOSE = """
UPDATE outbox SET state = 'closed', closed_by = ?, closed_note = ?, receipt_at = ? WHERE state = 'refused' AND job = ?
"""
"""Closes the refused envelopes of a job for good, as a person wants it."""

_OFFER_AGAIN = f"{_WAITS_AGAIN} WHERE state IN ('received', 'refused') AND receipt_at >= ?"
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

    With `characters`, only as many as fit into that length together, but always at least one. One that cannot be read
    is left out, and keeps no other from being sent.
    """
    found: list[Waiting] = []
    length = 0
    for row in db.query(_WAITING, [after]):
        envelope = _parsed(row["envelope"])
        if envelope is None:
            continue
        length += len(row["envelope"])
        if found and characters is not None and length > characters:
            break
        found.append(Waiting(row["key"], row["sequence"], envelope))
        if len(found) == limit:
            break
    return found


def last_sequence(db: Database) -> int:
    """The number that was given out last; 0 before the first."""
    return int(db.execute(_SEQUENCE).fetchone()[0])


def count_waiting(db: Database) -> int:
    """How many envelopes SMM has not answered for."""
    return _count(db, "waiting")


def count_refused(db: Database) -> int:
    """How many envelopes SMM has refused."""
    return _count(db, "refused")


def record(db: Database, receipts: Iterable[Receipt], at: datetime, revision: int | None = None) -> None:
    """Closes what SMM took (`accepted`, `duplicate`), and marks what it refused, with the reason and the revision of
    SMM's directory at that time.

    Only a waiting envelope is changed, so a late or repeated receipt does no harm.
    """
    for receipt in receipts:
        refusal = _REFUSALS.get(receipt.state)
        state: OutboxState = "refused" if refusal else "received"
        code, known = (receipt.code, revision) if refusal else (None, None)
        db.execute(_RECORD, (state, refusal, receipt.reason, code, known, to_text(at), receipt.key))


def retry_passing(db: Database, revision: int | None) -> int:
    """What was refused for something that SMM did not know waits once more, if its directory has changed since.
    Returns how many."""
    if revision is None:
        return 0
    return int(db.execute(_intact_only(db, _RETRY_PASSING), [*_MAY_PASS, revision]).rowcount)


def retry(db: Database, job_id: str) -> None:
    """The refused envelopes of a job wait once more.

    Raises:
        InputError: `not-refused`, if there are none that SMM may take another time.
    """
    _require(db.execute(_RETRY, [job_id]).rowcount)


def close(db: Database, job_id: str, by: str, note: str, at: datetime) -> None:
    """Closes the refused envelopes of a job for good: who, why, when.

    Raises:
        InputError: `not-refused`, if there are none.
    """
    _require(db.execute(_CLOSE, [by, note, to_text(at), job_id]).rowcount)


def offer_again(db: Database, since: datetime) -> int:
    """Envelopes with a receipt from `since` on, refusals too, wait once more: SMM may have lost them. Returns how
    many."""
    return int(db.execute(_intact_only(db, _OFFER_AGAIN), [to_text(since)]).rowcount)


def _intact_only(db: Database, update: str) -> str:
    """A change of a damaged row would give it a digest that says that it is intact."""
    return f"{update} AND {digests.is_intact(db, 'outbox')}"


def _require(changed: int) -> None:
    if changed == 0:
        raise InputError(code="not-refused")


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        content = json.loads(text)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _count(db: Database, state: OutboxState) -> int:
    # The table itself: to check each row for damage takes longer than to count it.
    count: int = db.execute("SELECT count(*) FROM main.outbox WHERE state = ?", [state]).fetchone()[0]
    return count
