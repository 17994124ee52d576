"""Work orders that this tablet has claimed. They can be read offline too, until SMM has their outcome."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlite_utils import Database

from agent.domain.errors import InputError
from agent.domain.exchange import Claim

_KEEP = """
INSERT INTO orders (id, serial, fence, claim) VALUES (?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET claim = excluded.claim, gone = NULL, done = done AND fence = excluded.fence,
    fence = excluded.fence
"""
"""Keeps a claim; with a new fencing number, an order that was done is to be done again."""

_TO_RELEASE = """
SELECT id FROM orders WHERE gone = 'order-gone' AND NOT done AND NOT EXISTS (
    SELECT 1 FROM jobs LEFT JOIN outbox ON outbox.job = jobs.id LEFT JOIN attempts ON attempts.job = jobs.id
    WHERE jobs.work_order = orders.id AND (
        jobs.state IN ('queued', 'running') OR outbox.state = 'waiting'
        OR attempts.state NOT IN ('applied', 'not-applied')
    )
)
"""
"""Orders that are gone for a reason not yet known, and that have no job under way, unsent or unsettled."""

_MARK_DONE = "UPDATE orders SET done = 1 WHERE id = (SELECT work_order FROM jobs WHERE id = ?)"
"""Marks the order of a job as done; a job without an order changes nothing."""


@dataclass(frozen=True)
class HeldOrder:
    """`gone` is the error code that says why SMM no longer has the claim; `done` is set once a job is settled."""

    claim: Claim
    gone: str | None
    done: bool


def keep(db: Database, claims: Iterable[Claim]) -> None:
    """Keeps claims as SMM granted them. An order claimed anew, with another fencing number, is to be done again."""
    for claim in claims:
        db.execute(_KEEP, [claim.order.id, claim.order.serial, claim.fence, claim.model_dump_json()])


def replace(db: Database, claims: list[Claim]) -> None:
    """Keeps all the claims that SMM has on record. An order no longer among them is forgotten if done, else gone."""
    claimed = {claim.order.id for claim in claims}
    keep(db, claims)
    for row in list(db.query("SELECT id, done FROM orders")):
        if row["id"] in claimed:
            continue
        if row["done"]:
            forget(db, row["id"])
        else:
            db.execute("UPDATE orders SET gone = coalesce(gone, 'order-gone') WHERE id = ?", [row["id"]])


def to_release(db: Database) -> list[int]:
    """Orders that SMM has taken away for a reason not yet known, and for which nothing is under way here."""
    return [row["id"] for row in db.query(_TO_RELEASE)]


def mark_gone(db: Database, order: int, code: str) -> None:
    """Keeps the error code that says why SMM no longer has the claim."""
    db.execute("UPDATE orders SET gone = ? WHERE id = ?", [code, order])


def mark_done(db: Database, job_id: str) -> None:
    """The order of this job, if it has one, needs no further attempt. Part of the transaction that settles the job."""
    db.execute(_MARK_DONE, [job_id])


def forget(db: Database, order: int) -> None:
    """Removes an order from this tablet."""
    db.execute("DELETE FROM orders WHERE id = ?", [order])


def fence_of(db: Database, order: int) -> int | None:
    """The fencing number of the claim, done or not; None if this tablet does not know the order."""
    row = db.execute("SELECT fence FROM orders WHERE id = ?", [order]).fetchone()
    return None if row is None else int(row[0])


def held(db: Database) -> list[HeldOrder]:
    """Orders still to be done, oldest first; those that are gone are among them until they are forgotten."""
    return [_held(row) for row in db.query("SELECT * FROM orders WHERE NOT done ORDER BY id")]


def get(db: Database, order: int) -> HeldOrder:
    """An order still to be done. Raises: InputError `order-unknown`, if it is done or was never claimed here."""
    for row in db.query("SELECT * FROM orders WHERE id = ? AND NOT done", [order]):
        return _held(row)
    raise InputError(code="order-unknown", order=order)


def _held(row: dict[str, str]) -> HeldOrder:
    return HeldOrder(Claim.model_validate_json(row["claim"]), row["gone"], bool(row["done"]))
