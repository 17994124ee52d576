"""Intake of executions: each envelope once for ever, one transaction each; a bad one never blocks the rest."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from agent.domain.envelope import content_hash, is_signed_by
from agent.domain.exchange import Envelope, FailurePayload, ReadingPayload, Receipt, ReceiptState
from agent.smm.database import Database
from agent.smm.models import Execution, Meter, MobileSession, Reading, WorkOrder

MAX_KEY = 36
_MAX_WH = 2**63 - 1


class Rejected(Exception):
    """The envelope cannot be taken, now or ever; the text is the receipt's reason."""


def take(database: Database, mobile: MobileSession, content: dict[str, Any], now: datetime) -> Receipt:
    """The receipt for one envelope."""
    key = str(content.get("key", ""))[:MAX_KEY]
    try:
        envelope = _parse(content)
        _check_origin(envelope, mobile)
        try:
            with database.begin() as session:
                return _take(session, envelope, now)
        except IntegrityError:
            with database.begin() as session:  # the same one came in beside us
                return _take(session, envelope, now)
    except Rejected as reason:
        return Receipt(key=key, state=ReceiptState.REJECTED, received_at=now, reason=str(reason))


def _parse(content: dict[str, Any]) -> Envelope:
    try:
        return Envelope.model_validate(content)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors()[:3])
        raise Rejected(f"not an envelope: {places}") from None


def _check_origin(envelope: Envelope, mobile: MobileSession) -> None:
    if envelope.device != mobile.device_id:
        raise Rejected("made by another tablet")
    if content_hash(envelope.payload.model_dump(mode="json")) != envelope.sha256:
        raise Rejected("the content does not match its hash")
    if not is_signed_by(bytes.fromhex(mobile.device.signing_key), envelope.head(), envelope.signature):
        raise Rejected("the signature is wrong")


def _take(session: Session, envelope: Envelope, now: datetime) -> Receipt:
    head_hash = content_hash(envelope.head())
    known = session.get(Execution, envelope.key)
    if known is not None:
        same = known.head_hash == head_hash
        state = ReceiptState.DUPLICATE if same else ReceiptState.CONFLICT
        return Receipt(key=envelope.key, state=state, received_at=known.received_at)
    if session.get(Meter, envelope.payload.serial) is None:
        raise Rejected(f"unknown meter {envelope.payload.serial}")
    order = _work_order(envelope, now)
    session.add(order)
    session.flush()
    session.add(
        Execution(
            key=envelope.key,
            work_order_id=order.id,
            device_id=envelope.device,
            sequence=envelope.sequence,
            head_hash=head_hash,
            payload=envelope.payload.model_dump(mode="json"),
            received_at=now,
        )
    )
    if isinstance(envelope.payload, ReadingPayload):
        session.flush()
        session.add(_reading(envelope, envelope.payload, now))
    return Receipt(key=envelope.key, state=ReceiptState.ACCEPTED, received_at=now)


def _work_order(envelope: Envelope, now: datetime) -> WorkOrder:
    """What was made on a tablet becomes an order when it comes in."""
    failure = envelope.payload if isinstance(envelope.payload, FailurePayload) else None
    return WorkOrder(
        activity=envelope.kind.value,
        serial=envelope.payload.serial,
        channel="mobile",
        origin="tablet",
        state="executed" if failure is None else "failed",
        created_by=envelope.executed_by,
        executed_by=envelope.executed_by,
        error_code=None if failure is None else failure.code,
        error_params={} if failure is None else dict(failure.params),
        inserted_at=now,
        ended_at=envelope.executed_at,
    )


def _reading(envelope: Envelope, payload: ReadingPayload, now: datetime) -> Reading:
    values = {name: _watt_hours(name, q.value, q.unit) for name, q in payload.tariffs.items()}
    return Reading(
        execution_key=envelope.key,
        serial=payload.serial,
        total=_watt_hours("total", payload.total.value, payload.total.unit),
        meter_time=payload.meter_time,
        read_at=envelope.executed_at,
        inserted_at=now,
        **values,
    )


def _watt_hours(name: str, value: str, unit: str) -> int:
    """Whole Wh; parts of one are cut off, as on the meter's display."""
    amount = int(Decimal(value))
    if unit != "Wh" or not 0 <= amount <= _MAX_WH:
        raise Rejected(f"{name} is no energy in Wh")
    return amount
