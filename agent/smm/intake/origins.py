"""Envelopes that one tablet carries for another: after a rescue, or in an imported file.

They are taken in as if the tablet that made them had sent them itself: its key, its numbers, its place in the order of
work.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain.exchange import DeviceState, ExecutionBatch, Receipt, ReceiptState, RefusalCode, SequenceRange
from agent.smm import directory
from agent.smm.database import Database
from agent.smm.intake.arrivals import MAX_KEY, look_at
from agent.smm.intake.batches import Taken, signed, take_batch
from agent.smm.keys import KeyBox
from agent.smm.models import EnrolledTablet
from agent.smm.people.mobile_sessions import Technician

Clock = Callable[[], datetime]


def take_carried(
    database: Database, keys: KeyBox, carrier: Technician, batch: ExecutionBatch, clock: Clock, of: str | None = None
) -> Taken:
    """Takes in what the batch holds. What it tells of a tablet as a whole counts for the tablet `of`, or else for the
    carrier, and so do the missing numbers."""
    about = of or carrier.device_id
    if about == carrier.device_id and all(content.get("device") == about for content in batch.envelopes):
        return take_batch(database, keys, carrier, batch, clock)
    with database.read() as session:
        revision = directory.last_revision(session)
        makers = {carrier.device_id: carrier, **_others(session, carrier, batch.envelopes)}
    receipts: dict[int, Receipt] = {}
    missing: tuple[SequenceRange, ...] = ()
    for name, places in _by_maker(batch.envelopes, makers, carrier.device_id, about).items():
        told = batch if name == about else ExecutionBatch(envelopes=[])
        own = told.model_copy(update={"envelopes": [batch.envelopes[place] for place in places]})
        if makers[name].device_state == DeviceState.APPROVED:
            taken = take_batch(database, keys, makers[name], own, clock, carrier.device_id)
        else:
            refused = [_not_approved(keys, each, makers[name], carrier.device_id, clock()) for each in own.envelopes]
            taken = Taken(refused, (), revision)
        receipts.update(zip(places, taken.receipts, strict=True))
        missing = taken.missing if name == about else missing
    return Taken([receipts[place] for place in range(len(batch.envelopes))], missing, revision)


def _not_approved(keys: KeyBox, content: dict[str, Any], maker: Technician, carrier: str, now: datetime) -> Receipt:
    receipt = Receipt(
        key=str(content.get("key", ""))[:MAX_KEY],
        state=ReceiptState.REJECTED,
        received_at=now,
        reason="the tablet that made it is not approved",
        code=RefusalCode.TABLET_NOT_APPROVED,
    )
    return signed(keys, carrier, receipt, look_at(content, maker).head_hash)


def _others(session: Session, carrier: Technician, contents: Sequence[Mapping[str, Any]]) -> dict[str, Technician]:
    """The carrying technician as if on each other enrolled tablet that made one of the envelopes."""
    names = {str(content.get("device")) for content in contents} - {carrier.device_id}
    if not names:
        return {}
    tablets = session.scalars(select(EnrolledTablet).where(EnrolledTablet.id.in_(names))).all()
    return {
        tablet.id: replace(
            carrier,
            device_id=tablet.id,
            device_state=tablet.state,
            signing_key=tablet.signing_key,
            sealing_key=tablet.sealing_key,
        )
        for tablet in tablets
    }


def _by_maker(
    contents: Sequence[Mapping[str, Any]], makers: Mapping[str, Technician], carrier: str, about: str
) -> dict[str, list[int]]:
    """The places of the envelopes of each tablet. Those of an unknown one stay with the carrier, and are refused; the
    tablet that the batch tells about is there even without any."""
    found: dict[str, list[int]] = {about: []} if about in makers else {}
    for place, content in enumerate(contents):
        maker = str(content.get("device"))
        found.setdefault(maker if maker in makers else carrier, []).append(place)
    return found
