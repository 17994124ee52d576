"""Messages between a tablet and SMM ePlus: the one schema behind both programs and the OpenAPI document.

Byte strings travel as hex. Times are UTC, ISO 8601. Energies and other quantities are decimal strings: no
floats anywhere, so that a payload has one canonical form.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from agent.domain.activity import Activity
from agent.domain.reading import Breaker, MeterReading, Quantity

SCHEMA_VERSION: Literal[1] = 1
MAX_BATCH = 100


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("outside the calendar in UTC") from None


Utc = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Hex = Annotated[str, Field(pattern=r"^([0-9a-f]{2})*$", max_length=8192)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Serial = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{3,31}$")]


class Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


# ── enrolment and session ────────────────────────────────────────────────────────────────────────


class DeviceState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REVOKED = "revoked"


class DeviceEnrolment(Message):
    """`POST /devices`. Enrolling again with the same keys gives the same device."""

    name: Name
    signing_key: Annotated[Hex, Field(description="Ed25519 public key, raw, 32 bytes", min_length=64, max_length=64)]
    sealing_key: Annotated[Hex, Field(description="X25519 public key, raw, 32 bytes", min_length=64, max_length=64)]


class Device(Message):
    id: Name
    name: Name
    state: DeviceState


class SessionRequest(Message):
    """`POST /sessions`."""

    username: Name
    password: Annotated[str, Field(min_length=1, max_length=200)]
    device: Name


class User(Message):
    username: Name
    name: Name
    group: Name
    tag: str
    culture: str


class Session(Message):
    """`token` goes as `Authorization: Bearer …`; until `offline_until` the user may log in without SMM."""

    token: str
    user: User
    expires_at: Utc
    offline_until: Utc
    server_time: Utc


# ── meter directory ──────────────────────────────────────────────────────────────────────────────


class MeterSecret(Message):
    """What is inside `DirectoryMeter.sealed`, as JSON, sealed with the serial number as purpose."""

    lls_password: Hex | None = None
    encryption_key: Hex | None = None
    authentication_key: Hex | None = None


class DirectoryMeter(Message):
    serial: Serial
    model: Name
    pod: str | None = None
    address: str | None = None
    customer: str | None = None
    sealed: Annotated[Hex | None, Field(description="MeterSecret sealed to this tablet; none for lack of a key")]


class MeterPage(Message):
    """`GET /meters?after=CURSOR`: changes since the cursor, deletions included."""

    meters: list[DirectoryMeter]
    deleted: list[Serial]
    cursor: str
    more: bool


# ── executions ───────────────────────────────────────────────────────────────────────────────────


class QuantityPayload(Message):
    """A register's value with its scaler already applied, as a decimal string."""

    obis: Annotated[str, Field(pattern=r"^\d{1,3}(\.\d{1,3}){5}$")]
    value: Annotated[str, Field(pattern=r"^-?\d{1,30}(\.\d{1,20})?$")]
    scaler: Annotated[int, Field(ge=-128, le=127)]
    unit: Annotated[str, Field(max_length=16)]


class BreakerPayload(Message):
    control: Annotated[int, Field(ge=0, le=2)] | None
    output: bool | None


class ReadingPayload(Message):
    kind: Literal["reading"] = "reading"
    serial: Serial
    tariffs: Annotated[dict[Annotated[str, Field(pattern=r"^t[1-6]$")], QuantityPayload], Field(max_length=6)]
    total: QuantityPayload
    meter_time: Utc | None
    drift_s: int | None
    app_version: Annotated[str, Field(max_length=64)] | None
    breaker: BreakerPayload | None
    warnings: list[Name] = []


class FailurePayload(Message):
    """A job that ended in an error: the error's code, and the blanks of its words."""

    kind: Literal["failure"] = "failure"
    serial: Serial
    code: Name
    params: dict[str, str | int] = {}


Payload = Annotated[ReadingPayload | FailurePayload, Field(discriminator="kind")]


class EnvelopeHead(Message):
    """Everything of an envelope that its signature covers; the payload is covered through its hash."""

    key: Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]
    schema_version: Literal[1] = SCHEMA_VERSION
    kind: Activity
    part: Annotated[int, Field(ge=1)] = 1
    parts: Annotated[int, Field(ge=1)] = 1
    job: Name
    work_order: Name | None = None
    device: Name
    sequence: Annotated[int, Field(ge=1, le=2**53)]
    executed_by: Name
    started_at: Utc
    executed_at: Utc
    clock_drift_s: Annotated[int | None, Field(description="tablet time minus SMM time, seconds")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Envelope(EnvelopeHead):
    payload: Payload
    signature: Annotated[Hex, Field(min_length=128, max_length=128)]

    def head(self) -> dict[str, Any]:
        """What `signature` signs: canonical JSON of the head."""
        return self.model_dump(mode="json", include=set(EnvelopeHead.model_fields))


class ExecutionBatch(Message):
    """`POST /executions`. Each envelope is taken or not by itself; a bad one does not block the rest.

    Envelopes are looked at one by one, so they arrive as plain objects here.
    """

    envelopes: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MAX_BATCH)]


class ReceiptState(StrEnum):
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"


class Receipt(Message):
    """`accepted` and `duplicate` close the outbox row; `conflict` and `rejected` stay, with the reason."""

    key: str
    state: ReceiptState
    received_at: Utc
    reason: str | None = None


class ReceiptBatch(Message):
    """One receipt for each envelope, in the same order."""

    receipts: list[Receipt]
    server_time: Utc


class Problem(Message):
    """An error as problem details (RFC 9457). `code` is one of `domain/words`."""

    model_config = ConfigDict(extra="allow", frozen=True)
    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    code: str | None = None


# ── from the words of the field to messages ──────────────────────────────────────────────────────


def reading_payload(reading: MeterReading) -> ReadingPayload:
    return ReadingPayload(
        serial=reading.serial,
        tariffs={name: _quantity(quantity) for name, quantity in reading.tariffs.items()},
        total=_quantity(reading.total),
        meter_time=reading.meter_time,
        drift_s=reading.drift_s,
        app_version=reading.app_version,
        breaker=_breaker(reading.breaker),
        warnings=list(reading.warnings),
    )


def _quantity(quantity: Quantity) -> QuantityPayload:
    return QuantityPayload(obis=quantity.obis, value=f"{quantity.value:f}", scaler=quantity.scaler, unit=quantity.unit)


def _breaker(breaker: Breaker | None) -> BreakerPayload | None:
    if breaker is None:
        return None
    return BreakerPayload(control=breaker.control, output=breaker.output)
