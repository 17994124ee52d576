"""Jobs, envelopes and meters for the tests of store and sync."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.domain.activity import Activity
from agent.domain.attempt import AttemptEvent
from agent.domain.exchange import Envelope, FailurePayload, UndecidedPayload, User
from agent.domain.signing import content_hash
from agent.domain.uuid7 import uuid7
from agent.store import Store, Transaction, attempts, jobs
from agent.store.identity import Identity
from agent.store.outbox import BuildEnvelope

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SERIAL = "UAAEEDN11200129695"
USER = User(username="mrossi", name="Mario Rossi", group="Mobile User Group", tag="Italy", culture="it-IT")


def new_job(job_id: str = "job-1", at: datetime = NOW) -> jobs.NewJob:
    return jobs.NewJob(id=job_id, activity=Activity.READING, serial=SERIAL, user=USER.username, created_at=at)


FAILURE = FailurePayload(serial=SERIAL, code="no-answer", params={"seconds": 30})


def envelope_for(
    identity: Identity,
    job_id: str,
    user: str = USER.username,
    activity: Activity = Activity.READING,
    outcome: FailurePayload | UndecidedPayload = FAILURE,
) -> BuildEnvelope:
    """Builds a signed envelope that SMM would take."""
    payload = outcome.model_dump(mode="json")
    key = str(uuid7(int(NOW.timestamp() * 1000), os.urandom(10)))

    def build(sequence: int) -> dict[str, Any]:
        content = {
            "key": key,
            "kind": activity,
            "job": job_id,
            "device": identity.device_id,
            "sequence": sequence,
            "executed_by": user,
            "started_at": NOW,
            "executed_at": NOW + timedelta(seconds=9),
            "clock_drift_s": None,
            "sha256": content_hash(payload),
            "payload": payload,
            "signature": "00" * 64,
        }
        unsigned = Envelope.model_validate(content)
        signed = unsigned.model_copy(update={"signature": identity.sign(unsigned.head())})
        return signed.model_dump(mode="json")

    return build


def settlement(identity: Identity, job_id: str = "job-1", user: str = USER.username) -> jobs.Settlement:
    return jobs.Settlement(
        state="done",
        ended_at=NOW + timedelta(seconds=9),
        result={"total": "1352143", "t1": 55134},
        build_envelope=envelope_for(identity, job_id, user),
    )


def settle_new_job(store: Store, job_id: str = "job-1", user: str = USER.username) -> None:
    """A job from its creation to its settlement."""
    write(store, lambda db: jobs.create(db, new_job(job_id)))
    write(store, lambda db: jobs.start(db, job_id, NOW))
    write(store, lambda db: jobs.settle(db, job_id, settlement(store.identity, job_id, user)))


def leave_undecided(store: Store, job_id: str, user: str) -> None:
    """A reconnection that was sent, and of which the meter could not say whether it was made."""
    outcome = UndecidedPayload(serial=SERIAL, activity="reconnect", evidence={})
    envelope = envelope_for(store.identity, job_id, user, Activity.RECONNECT, outcome)
    new = replace(new_job(job_id), activity=Activity.RECONNECT, user=user)
    write(store, lambda db: jobs.create(db, new))
    write(store, lambda db: attempts.begin(db, job_id, SERIAL, NOW))
    write(store, lambda db: jobs.start(db, job_id, NOW))
    write(store, lambda db: attempts.advance(db, job_id, AttemptEvent.SEND, NOW))
    write(store, lambda db: jobs.interrupt(db, job_id, NOW, "outcome-unknown", AttemptEvent.LOST))
    write(store, lambda db: jobs.leave_undecided(db, job_id, NOW, envelope))


def write(store: Store, transaction: Transaction[Any]) -> Any:
    """Runs the transaction; returns its result once it is on the disk."""
    return store.writer.submit(transaction).result(30)
