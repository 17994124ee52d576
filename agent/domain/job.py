"""The states of a job on the tablet, and of its envelopes in the outbox."""

from typing import Literal

JobState = Literal["queued", "running", "done", "failed", "interrupted", "unknown", "undecided"]
"""`unknown` and `undecided` are interrupted jobs whose change in the meter is not settled."""

OutboxState = Literal["waiting", "refused", "received"]
