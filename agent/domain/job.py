"""The states of a job on the tablet, and of its envelopes in the outbox."""

from typing import Literal

JobState = Literal["queued", "running", "done", "failed", "interrupted", "unknown", "undecided"]
"""`unknown` and `undecided` are interrupted jobs of which it is not settled whether the meter made the change."""

OutboxState = Literal["waiting", "refused", "received", "closed"]
"""`refused` and `received` are SMM's answer. A refused envelope stays on the tablet until it is sent again, or a person
has `closed` it."""
