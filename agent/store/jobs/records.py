"""What is known of a job: when it is created, when it ends, and when it is read back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from agent.domain.activity import Activity
from agent.domain.attempt import AttemptEvent, AttemptState
from agent.domain.errors import ErrorParams
from agent.domain.job import JobState, OutboxState
from agent.store.outbox import BuildEnvelope


@dataclass(frozen=True)
class NewJob:
    """A job to be created. `request` is what it needs beyond activity and meter, as plain JSON."""

    id: str
    activity: Activity
    serial: str
    user: str
    created_at: datetime
    work_order: int | None = None
    request: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Settlement:
    """How a job ended.

    `build_envelope` makes the envelope for SMM; None where SMM gets none. `attempt` is the last event of its attempt
    to change something. `closes_order`: the work order needs no further attempt.
    """

    state: Literal["done", "failed"]
    ended_at: datetime
    result: dict[str, Any] | None = None
    error_code: str | None = None
    error_params: ErrorParams = field(default_factory=dict)
    build_envelope: BuildEnvelope | None = None
    attempt: AttemptEvent | None = None
    closes_order: bool = False


@dataclass(frozen=True)
class JobRecord:
    """A job as the store has it. `unknown` and `undecided` are interrupted jobs whose attempt to change something is
    not settled.

    `outbox` is None until the job is settled, or where SMM gets no envelope; of several envelopes it is that of a
    refused one, else of a waiting one. `refusal` says why SMM did not take it: `smm-conflict` or `smm-rejected`, with
    SMM's own `refusal_code` and `refusal_reason`; `closed_at`, `closed_by` and `closed_note`, when and by whom it was
    closed, and why. `rows` counts the rows of a load profile; None for other activities.
    """

    id: str
    activity: Activity
    serial: str
    user: str
    state: JobState
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    result: dict[str, Any] | None
    error_code: str | None
    error_params: ErrorParams
    outbox: OutboxState | None
    refusal: str | None
    refusal_code: str | None
    refusal_reason: str | None
    received_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    closed_note: str | None
    work_order: int | None
    request: dict[str, Any]
    attempt: AttemptState | None
    rows: int | None = None
