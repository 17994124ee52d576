"""Intake of executions: each envelope once, in its own transaction; a bad one never blocks the rest."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from agent.domain.errors import OrderRefused
from agent.domain.exchange import Envelope, OrderState, Receipt, ReceiptState, RefusalCode, UndecidedPayload
from agent.domain.exchange.payloads import ReadingPayload
from agent.smm import restoring
from agent.smm.database import Database, add_row
from agent.smm.intake import facts, feed
from agent.smm.intake.arrivals import Arrival, Refused, Rejected, look_at
from agent.smm.keys import KeyBox
from agent.smm.models import Execution, Meter, UndecidedOutcome, WorkOrder
from agent.smm.orders import outcomes
from agent.smm.orders.claims import get
from agent.smm.people.mobile_sessions import Technician

_REPORTED = (OrderState.EXECUTED, OrderState.EXECUTED_AFTER_CANCEL, OrderState.FAILED)


def take_batch(
    database: Database,
    keys: KeyBox,
    technician: Technician,
    contents: Sequence[dict[str, Any]],
    clock: Callable[[], datetime],
) -> list[Receipt]:
    """One signed receipt for each envelope, in order."""
    arrivals = [look_at(content, technician) for content in contents]
    good = [arrival.envelope for arrival in arrivals if isinstance(arrival, Arrival)]
    with database.read() as session:
        known = _known(session, good)
    return [
        _signed(keys, technician, _receipt(database, arrival, known, clock()), arrival.head_hash)
        for arrival in arrivals
    ]


def _signed(keys: KeyBox, technician: Technician, receipt: Receipt, head_hash: str | None) -> Receipt:
    if head_hash is None:
        return receipt
    signature = keys.sign_receipt(receipt.signed(technician.device_id, head_hash))
    return receipt.model_copy(update={"signature": signature})


@dataclass(frozen=True)
class _Known:
    """What is in already: keys with the hash of the head and the time they came in, and which meters we have."""

    keys: Mapping[str, tuple[str, datetime]]
    meters: Collection[str]


def _known(session: Session, envelopes: Sequence[Envelope], *, anywhere: bool = False) -> _Known:
    """Looks for keys at the envelopes' meters only; with `anywhere`, at all meters."""
    serials = {envelope.payload.serial for envelope in envelopes}
    keys = select(Execution.key, Execution.head_hash, Execution.received_at)
    keys = keys.where(Execution.key.in_([envelope.key for envelope in envelopes]))
    if not anywhere:
        keys = keys.where(Execution.serial.in_(serials))
    return _Known(
        {row.key: (row.head_hash, row.received_at) for row in session.execute(keys)},
        set(session.scalars(select(Meter.serial).where(Meter.serial.in_(serials)))),
    )


def _receipt(database: Database, arrival: Arrival | Refused, known: _Known, now: datetime) -> Receipt:
    if isinstance(arrival, Refused):
        return _rejection(arrival.key, arrival.why, now)
    try:
        try:
            return _taken(database, arrival, known, now)
        except IntegrityError:
            with database.read() as session:  # it came in at the same time, or twice in this batch
                known = _known(session, [arrival.envelope], anywhere=True)
            return _taken(database, arrival, known, now)
    except DataError:
        return _rejection(arrival.envelope.key, Rejected(RefusalCode.CANNOT_BE_KEPT, "it cannot be kept"), now)
    except Rejected as why:
        return _rejection(arrival.envelope.key, why, now)


def _rejection(key: str, why: Rejected, now: datetime) -> Receipt:
    return Receipt(key=key, state=ReceiptState.REJECTED, received_at=now, reason=str(why), code=why.code)


def _taken(database: Database, arrival: Arrival, known: _Known, now: datetime) -> Receipt:
    envelope = arrival.envelope
    if envelope.key in known.keys:
        head_hash, received_at = known.keys[envelope.key]
        if head_hash == arrival.head_hash:
            return Receipt(key=envelope.key, state=ReceiptState.DUPLICATE, received_at=received_at)
        return Receipt(
            key=envelope.key,
            state=ReceiptState.CONFLICT,
            received_at=received_at,
            reason="other content is known under this key",
            code=RefusalCode.OTHER_CONTENT,
        )
    if envelope.payload.serial not in known.meters:
        raise Rejected(RefusalCode.UNKNOWN_METER, f"unknown meter {envelope.payload.serial}")
    with database.begin() as session:
        _take(session, arrival, now)
    return Receipt(key=envelope.key, state=ReceiptState.ACCEPTED, received_at=now)


def _take(session: Session, arrival: Arrival, now: datetime) -> None:
    envelope = arrival.envelope
    order, standing = _settled_order(session, envelope, now)
    add_row(session, Execution, _execution(arrival, order, standing, now))
    try:
        facts.keep(session, envelope, now)
    except facts.NoEnergy as error:
        raise Rejected(RefusalCode.NO_ENERGY, str(error)) from None
    if isinstance(envelope.payload, UndecidedPayload) and standing == "counted":
        session.add(_undecided(envelope, envelope.payload, order, now))
    feed.add(session, _news(envelope, order, standing), order.serial, order.id, envelope.key, now)


def _settled_order(session: Session, envelope: Envelope, now: datetime) -> tuple[WorkOrder, outcomes.Standing]:
    if envelope.work_order is not None:
        ordered = _ordered(session, envelope, envelope.work_order)
        if ordered is not None:
            return ordered, outcomes.settle(session, ordered, envelope, now)
    order = _own_order(session, envelope, now)
    standing = outcomes.end_tablets_own(session, order, envelope)
    if order.id is None:
        values = {name: value for name, value in vars(order).items() if name in WorkOrder.__table__.columns}
        order.id = add_row(session, WorkOrder, values)
    return order, standing


def _news(envelope: Envelope, order: WorkOrder, standing: outcomes.Standing) -> list[feed.Kind]:
    news: list[feed.Kind] = ["reading"] if isinstance(envelope.payload, ReadingPayload) else []
    return [*news, "order"] if standing == "counted" and order.state in _REPORTED else news


def _ordered(session: Session, envelope: Envelope, number: int) -> WorkOrder | None:
    """SMM's order for this envelope, locked, whichever tablet has it. None if a restored backup lacks it: it then
    becomes an order again, like work that was created on a tablet."""
    try:
        order = get(session, number, tag="", serial=envelope.payload.serial)
    except OrderRefused:
        if restoring.is_restored(session):
            return None
        raise Rejected(RefusalCode.UNKNOWN_METER, f"unknown order {number} of this meter") from None
    if order.activity != envelope.kind:
        raise Rejected(RefusalCode.UNKNOWN_METER, f"order {number} is for another activity")
    return order


def _own_order(session: Session, envelope: Envelope, now: datetime) -> WorkOrder:
    """Work that was created on a tablet becomes an order when it comes in, one for all parts of a job."""
    if envelope.parts > 1:
        same_job = (Execution.device_id == envelope.device) & (Execution.job == envelope.job)
        same_meter = (WorkOrder.serial == envelope.payload.serial) & (Execution.serial == WorkOrder.serial)
        known = select(WorkOrder).join(Execution).where(same_meter, same_job, WorkOrder.origin == "tablet").limit(1)
        if (order := session.scalar(known)) is not None:
            return order
    return WorkOrder(
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


def _execution(arrival: Arrival, order: WorkOrder, standing: outcomes.Standing, now: datetime) -> dict[str, Any]:
    envelope = arrival.envelope
    same = ("key", "sequence", "job", "part", "parts", "fence", "executed_by", "executed_at")
    return {
        **{name: getattr(envelope, name) for name in same},
        "work_order_id": order.id,
        "device_id": envelope.device,
        "head_hash": arrival.head_hash,
        "payload": arrival.payload,
        "serial": envelope.payload.serial,
        "received_at": now,
        "standing": standing,
    }


def _undecided(envelope: Envelope, payload: UndecidedPayload, order: WorkOrder, now: datetime) -> UndecidedOutcome:
    return UndecidedOutcome(
        execution_key=envelope.key,
        work_order_id=order.id,
        serial=payload.serial,
        evidence=dict(payload.evidence),
        raised_at=now,
    )
