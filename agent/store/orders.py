"""Work orders that this tablet has claimed. They are here offline too, until their outcome is with SMM."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlite_utils import Database

from agent.domain.errors import InputError
from agent.domain.exchange import Claim


@dataclass(frozen=True)
class HeldOrder:
    """`gone` is the code that says why SMM does not hold the claim any longer; `done` from a job's settling on."""

    claim: Claim
    gone: str | None
    done: bool


def keep(db: Database, claims: Iterable[Claim]) -> None:
    """Takes claims as SMM gave them; a newer fencing number makes an order new again."""
    for claim in claims:
        db.execute(
            "INSERT INTO orders (id, serial, fence, claim) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " claim = excluded.claim, gone = NULL, done = done AND fence = excluded.fence, fence = excluded.fence",
            [claim.order.id, claim.order.serial, claim.fence, claim.model_dump_json()],
        )


def replace(db: Database, claims: list[Claim]) -> None:
    """What SMM says that this tablet holds. What it no longer names is gone; what is done and received, forgotten."""
    named = {claim.order.id for claim in claims}
    keep(db, claims)
    for row in list(db.query("SELECT id, done FROM orders")):
        if row["id"] in named:
            continue
        if row["done"]:
            forget(db, row["id"])
        else:
            db.execute("UPDATE orders SET gone = coalesce(gone, 'order-gone') WHERE id = ?", [row["id"]])


def to_give_back(db: Database) -> list[int]:
    """Orders that SMM has taken away, nobody knows yet why; nothing was begun for them here, or it is over and told."""
    query = (
        "SELECT id FROM orders WHERE gone = 'order-gone' AND NOT done AND NOT EXISTS (SELECT 1 FROM jobs"
        " LEFT JOIN outbox ON outbox.job = jobs.id LEFT JOIN attempts ON attempts.job = jobs.id"
        " WHERE jobs.work_order = orders.id AND (jobs.state IN ('queued', 'running') OR outbox.state = 'waiting'"
        " OR attempts.state NOT IN ('applied', 'not-applied')))"
    )
    return [row["id"] for row in db.query(query)]


def mark_gone(db: Database, order: int, code: str) -> None:
    """Why SMM does not hold the claim any longer: the code of an error."""
    db.execute("UPDATE orders SET gone = ? WHERE id = ?", [code, order])


def mark_done(db: Database, order: int) -> None:
    """Part of the transaction that settles its job."""
    db.execute("UPDATE orders SET done = 1 WHERE id = ?", [order])


def forget(db: Database, order: int) -> None:
    db.execute("DELETE FROM orders WHERE id = ?", [order])


def fence_of(db: Database, order: int) -> int | None:
    """The fencing number of the claim, done or not; None if it was never here."""
    row = db.execute("SELECT fence FROM orders WHERE id = ?", [order]).fetchone()
    return None if row is None else int(row[0])


def held(db: Database) -> list[HeldOrder]:
    """Those still to be done, oldest first; also those that are gone, until somebody has seen it."""
    return [_held(row) for row in db.query("SELECT * FROM orders WHERE NOT done ORDER BY id")]


def get(db: Database, order: int) -> HeldOrder:
    """Raises: InputError `order-unknown`, if it is not claimed by this tablet or done already."""
    for row in db.query("SELECT * FROM orders WHERE id = ? AND NOT done", [order]):
        return _held(row)
    raise InputError(code="order-unknown", order=order)


def _held(row: dict[str, str]) -> HeldOrder:
    return HeldOrder(Claim.model_validate_json(row["claim"]), row["gone"], bool(row["done"]))
