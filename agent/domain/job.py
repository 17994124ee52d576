"""The states of a job on the tablet, and of its envelopes in the outbox."""

from typing import Literal

JobState = Literal["queued", "running", "done", "failed", "interrupted", "unknown", "undecided"]
"""`unknown` and `undecided` are interrupted jobs of which it is not settled whether the meter made the change."""

OutboxState = Literal["waiting", "refused", "received"]
"""`refused` and `received` are SMM's answer; a refused envelope stays on the tablet."""
