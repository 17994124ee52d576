"""Envelopes from tablets, and SMM's receipts for them."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from agent.domain.activity import Activity
from agent.domain.exchange.base import NO_NUL, Hex, Message, Name, Utc
from agent.domain.exchange.payloads import Payload

SCHEMA_VERSION: Literal[1] = 1
MAX_BATCH = 100
MAX_RANGES = 100
_CAME_LATER = frozenset({"run", "uptime_s"})


class SequenceRange(Message):
    """Sequence numbers of a tablet from `first` to `last`, both included."""

    first: Annotated[int, Field(ge=1, le=2**53)]
    last: Annotated[int, Field(ge=1, le=2**53)]


class Absence(SequenceRange):
    """Numbers that the tablet will never send: `lost` with its memory, `damaged` in it, or `closed` by a person."""

    cause: Literal["lost", "damaged", "closed"]
    note: Annotated[str, Field(max_length=300, pattern=NO_NUL)] = ""


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
    run: Annotated[Name | None, Field(description="of the agent's program, drawn at its start")] = None
    uptime_s: Annotated[
        int | None, Field(ge=0, description="seconds of that run that never jump, at `executed_at`")
    ] = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

    def head(self) -> dict[str, Any]:
        """What the signature signs, as plain JSON. Fields that came later are left out where they are not known, so
        that envelopes signed before them stay valid."""
        content = self.model_dump(mode="json", include=set(EnvelopeHead.model_fields))
        return {name: value for name, value in content.items() if value is not None or name not in _CAME_LATER}


class Envelope(EnvelopeHead):
    """A payload on its way to SMM; taken once, by its key."""

    payload: Payload
    signature: Annotated[Hex, Field(min_length=128, max_length=128)]


class ExecutionBatch(Message):
    """`POST /executions`. Each envelope is accepted or not by itself; a bad one does not block the others.

    Envelopes are validated one by one, so they are plain objects here; there may be none. `sent_at` is the tablet's
    time, `run` and `uptime_s` as in the envelope: by them SMM tells how long ago the work was done. `last_sequence` is
    the last number that the tablet gave out, so that SMM finds the gaps.
    """

    envelopes: Annotated[list[dict[str, Any]], Field(max_length=MAX_BATCH)]
    sent_at: Utc | None = None
    run: Name | None = None
    uptime_s: Annotated[int | None, Field(ge=0)] = None
    last_sequence: Annotated[int | None, Field(ge=0, le=2**53)] = None
    absences: Annotated[tuple[Absence, ...], Field(max_length=MAX_RANGES)] = ()


class ReceiptState(StrEnum):
    """`conflict`: SMM has another content under the same key."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"


class RefusalCode(StrEnum):
    """Why SMM does not take an envelope; only `unknown-meter` may pass."""

    UNKNOWN_METER = "unknown-meter"
    NOT_AN_ENVELOPE = "not-an-envelope"
    OTHER_ACTIVITY = "other-activity"
    OTHER_TABLET = "other-tablet"
    OTHER_CONTENT = "other-content"
    WRONG_HASH = "wrong-hash"
    WRONG_SIGNATURE = "wrong-signature"
    NO_ENERGY = "no-energy"
    CANNOT_BE_KEPT = "cannot-be-kept"


class Receipt(Message):
    """`accepted` and `duplicate` close the row in the outbox; `conflict` and `rejected` leave it, with a reason.

    `code` is the stable name of the reason, one of `RefusalCode`. `signature` is made with SMM's receipt key over
    `signed`.
    """

    key: str
    state: ReceiptState
    received_at: Utc
    reason: str | None = None
    code: str | None = None
    signature: Annotated[Hex | None, Field(min_length=128, max_length=128)] = None

    def signed(self, device: str, head_hash: str) -> dict[str, Any]:
        """What `signature` signs: the receipt, the tablet that it is for, and the hash of the envelope's head."""
        content = self.model_dump(mode="json", exclude={"signature"})
        return {**content, "device": device, "head": head_hash}


class ReceiptBatch(Message):
    """One receipt for each envelope, in the same order.

    `missing` are numbers of this tablet that SMM lacks: it sends them again, or reports them as absent.
    `directory_revision` grows when a meter is added or changed: what was refused for a meter may then be taken.
    """

    receipts: list[Receipt]
    server_time: Utc
    missing: Annotated[tuple[SequenceRange, ...], Field(max_length=MAX_RANGES)] = ()
    directory_revision: int | None = None
