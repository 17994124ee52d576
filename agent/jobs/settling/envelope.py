"""The envelope that carries a job's outcome to SMM, built once, inside the settling transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.domain.exchange import EnvelopeHead, Payload
from agent.domain.signing import content_hash
from agent.store.identity import Identity
from agent.store.jobs import JobRecord


@dataclass(frozen=True)
class EnvelopeDraft:
    """All of an envelope but its sequence number. `drift_s` is tablet time minus SMM time in seconds, where known;
    `run` and `uptime_s` are the clock's at the end of the job."""

    key: str
    job: JobRecord
    started_at: datetime
    ended_at: datetime
    drift_s: int | None
    run: str
    uptime_s: int
    payload: Payload
    part: int = 1
    parts: int = 1


def build_envelope(draft: EnvelopeDraft, fence: int | None, sequence: int, identity: Identity) -> dict[str, Any]:
    """The signed envelope as plain JSON; `fence` is that of the work order's claim."""
    payload = draft.payload.model_dump(mode="json")
    head = EnvelopeHead(
        key=draft.key,
        kind=draft.job.activity,
        part=draft.part,
        parts=draft.parts,
        job=draft.job.id,
        work_order=draft.job.work_order,
        fence=fence,
        device=identity.device_id,
        sequence=sequence,
        executed_by=draft.job.user,
        started_at=draft.started_at,
        executed_at=draft.ended_at,
        clock_drift_s=draft.drift_s,
        run=draft.run,
        uptime_s=draft.uptime_s,
        sha256=content_hash(payload),
    ).head()
    return {**head, "payload": payload, "signature": identity.sign(head)}
