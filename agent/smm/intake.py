"""Intake of executions: each envelope once for ever, one transaction each; a bad one never blocks the rest."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from agent.domain.activity import Activity
from agent.domain.envelope import content_hash, is_signed_by
from agent.domain.errors import OrderRefused
from agent.domain.exchange import Envelope, OrderState, Receipt, ReceiptState, UndecidedPayload
from agent.smm import facts
from agent.smm.database import Database
from agent.smm.models import Execution, Meter, MobileSession, UndecidedOutcome, WorkOrder
from agent.smm.orders import outcomes
from agent.smm.orders.claims import get

MAX_KEY = 36
_KINDS: Mapping[str, Collection[str]] = {
    "breaker-change": (Activity.DISCONNECT, Activity.RECONNECT),
    "profile-info": (Activity.LOAD_PROFILE,),
    **dict.fromkeys(("failure", "not-done", "undecided"), tuple(Activity)),
}
"""Payloads that are not named like the one activity they are of."""


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
    if envelope.kind not in _KINDS.get(envelope.payload.kind, (envelope.payload.kind,)):
        raise Rejected(f"{envelope.payload.kind} is no outcome of {envelope.kind}")
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
    meter = session.get(Meter, envelope.payload.serial)
    if meter is None:
        raise Rejected(f"unknown meter {envelope.payload.serial}")
    if envelope.work_order is None:
        order = _own_order(session, envelope, now)
        standing = outcomes.end_tablets_own(session, order, envelope)
    else:
        order = _ordered(session, envelope, envelope.work_order)
        standing = outcomes.settle(session, order, envelope, now)
    newest = facts.is_newest(session, meter.serial, envelope.executed_at)
    session.add(_execution(envelope, order, head_hash, standing, now))
    session.flush()
    if isinstance(envelope.payload, UndecidedPayload) and standing == "counted":
        session.add(_undecided(envelope, envelope.payload, order, now))
    try:
        facts.keep(session, meter, envelope, now, newest=newest)
    except facts.NoEnergy as error:
        raise Rejected(str(error)) from None
    return Receipt(key=envelope.key, state=ReceiptState.ACCEPTED, received_at=now)


def _ordered(session: Session, envelope: Envelope, number: int) -> WorkOrder:
    """The order of SMM that this is for, locked; whoever may have it."""
    try:
        order = get(session, number, tag="")
    except OrderRefused:
        raise Rejected(f"unknown order {number}") from None
    if (order.activity, order.serial) != (envelope.kind, envelope.payload.serial):
        raise Rejected(f"order {number} is for another meter or another activity")
    return order


def _own_order(session: Session, envelope: Envelope, now: datetime) -> WorkOrder:
    """What was made on a tablet becomes an order when it comes in; parts of one job become one."""
    if envelope.parts > 1:
        same_job = (Execution.device_id == envelope.device) & (Execution.job == envelope.job)
        known = select(WorkOrder).join(Execution).where(same_job, WorkOrder.origin == "tablet").limit(1)
        if (order := session.scalar(known)) is not None:
            return order
    order = WorkOrder(
        activity=envelope.kind.value,
        serial=envelope.payload.serial,
        channel="mobile",
        origin="tablet",
        state=OrderState.CLAIMED.value,
        created_by=envelope.executed_by,
        lease_device=envelope.device,
        inserted_at=now,
        parameters={},
        error_params={},
    )
    session.add(order)
    session.flush()
    return order


def _execution(
    envelope: Envelope, order: WorkOrder, head_hash: str, standing: outcomes.Standing, now: datetime
) -> Execution:
    return Execution(
        key=envelope.key,
        work_order_id=order.id,
        device_id=envelope.device,
        sequence=envelope.sequence,
        head_hash=head_hash,
        payload=envelope.payload.model_dump(mode="json"),
        received_at=now,
        job=envelope.job,
        part=envelope.part,
        parts=envelope.parts,
        fence=envelope.fence,
        executed_by=envelope.executed_by,
        executed_at=envelope.executed_at,
        standing=standing,
    )


def _undecided(envelope: Envelope, payload: UndecidedPayload, order: WorkOrder, now: datetime) -> UndecidedOutcome:
    return UndecidedOutcome(
        execution_key=envelope.key,
        work_order_id=order.id,
        serial=payload.serial,
        evidence=dict(payload.evidence),
        raised_at=now,
    )
