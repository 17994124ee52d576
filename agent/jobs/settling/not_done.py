"""A work order that could not be carried out: no access, a broken display, no such meter."""

from collections.abc import Callable
from typing import Literal

from sqlite_utils import Database

from agent.domain.clock import Clock
from agent.domain.exchange import NotDonePayload
from agent.jobs.settling.envelope import EnvelopeDraft, build_envelope
from agent.store import Store, jobs, orders, settings
from agent.store.jobs import NewJob, Settlement
from agent.store.settings import Setting

NotDoneReason = Literal["no-access", "broken-display", "meter-not-found", "other"]


async def settle_not_done(
    store: Store, clock: Clock, new_id: Callable[[], str], order: int, user: str, reason: NotDoneReason, note: str
) -> None:
    """Settles the order as not done, in one transaction: a failed job and its envelope.

    Raises:
        InputError: `order-unknown`.
    """
    now, uptime, job_id, key = clock.now(), clock.uptime(), new_id(), new_id()

    def close(db: Database) -> None:
        claim = orders.get(db, order).claim
        new = NewJob(job_id, claim.order.activity, claim.order.serial, user, now, order)
        jobs.create(db, new)
        payload = NotDonePayload(serial=new.serial, reason=reason, note=note)
        drift = settings.get_number(db, Setting.CLOCK_DRIFT)
        draft = EnvelopeDraft(key, jobs.get(db, job_id), now, now, drift, clock.run, uptime, payload)
        settlement = Settlement(
            state="failed",
            ended_at=now,
            error_code="order-not-done",
            error_params={"reason": reason},
            build_envelope=lambda sequence: build_envelope(draft, claim.fence, sequence, store.identity),
            closes_order=True,
        )
        jobs.settle(db, job_id, settlement)

    await store.write(close)
