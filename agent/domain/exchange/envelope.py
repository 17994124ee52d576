"""Envelopes from tablets, and SMM's receipts for them."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from agent.domain.activity import Activity
from agent.domain.exchange.base import Hex, Message, Name, Utc
from agent.domain.exchange.payloads import Payload

SCHEMA_VERSION: Literal[1] = 1
MAX_BATCH = 100


class EnvelopeHead(Message):
    """The part of an envelope that its signature covers; it covers the payload through `sha256`."""

    key: Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]
    schema_version: Literal[1] = SCHEMA_VERSION
    kind: Activity
    part: Annotated[int, Field(ge=1)] = 1
    parts: Annotated[int, Field(ge=1)] = 1
    job: Name
    work_order: Annotated[int | None, Field(ge=1, lt=2**53)] = None
    fence: Annotated[int | None, Field(description="of the claim of the work order")] = None
    device: Name
    sequence: Annotated[int, Field(ge=1, le=2**53)]
    executed_by: Name
    started_at: Utc
    executed_at: Utc
    clock_drift_s: Annotated[int | None, Field(description="tablet time minus SMM time, seconds")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Envelope(EnvelopeHead):
    """A payload on its way to SMM; taken once, by its key."""

    payload: Payload
    signature: Annotated[Hex, Field(min_length=128, max_length=128)]

    def head(self) -> dict[str, Any]:
        """What `signature` signs, in canonical form."""
        return self.model_dump(mode="json", include=set(EnvelopeHead.model_fields))


class ExecutionBatch(Message):
    """`POST /executions`. Each envelope is accepted or not by itself; a bad one does not block the others.

    Envelopes are validated one by one, so they are plain objects here.
    """

    envelopes: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MAX_BATCH)]


class ReceiptState(StrEnum):
    """`conflict`: SMM has another content under the same key."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"


class Receipt(Message):
    """`accepted` and `duplicate` close the row in the outbox; `conflict` and `rejected` leave it, with a reason."""

    key: str
    state: ReceiptState
    received_at: Utc
    reason: str | None = None


class ReceiptBatch(Message):
    """One receipt for each envelope, in the same order."""

    receipts: list[Receipt]
    server_time: Utc
