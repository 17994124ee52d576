"""Envelopes that one tablet carries for another: after a rescue, or in an imported file.

They are taken in as if the tablet that made them had sent them itself: its key, its numbers, its place in the order of
work.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from agent.domain.exchange import DeviceState, ExecutionBatch, Receipt, ReceiptState, RefusalCode
from agent.smm.database import Database
from agent.smm.intake.arrivals import MAX_KEY
from agent.smm.intake.batches import take_batch
from agent.smm.keys import KeyBox
from agent.smm.models import EnrolledTablet
from agent.smm.people.mobile_sessions import Technician

Clock = Callable[[], datetime]


def take_carried(
    database: Database, keys: KeyBox, carrier: Technician, batch: ExecutionBatch, clock: Clock, of: str | None = None
) -> list[Receipt]:
    """One receipt for each envelope, in order. What the batch tells of a tablet counts for the tablet `of`, or else for
    the carrier."""
    about = of or carrier.device_id
    makers = _makers(database, carrier, batch.envelopes)
    receipts: dict[int, Receipt] = {}
    for maker, places in _by_maker(batch.envelopes, makers, carrier.device_id).items():
        contents = [batch.envelopes[place] for place in places]
        facts = batch if maker == about else ExecutionBatch(envelopes=[])
        own = facts.model_copy(update={"envelopes": contents})
        receipts.update(zip(places, _taken(database, keys, makers.get(maker, carrier), own, clock), strict=True))
    return [receipts[place] for place in range(len(batch.envelopes))]


def _taken(
    database: Database, keys: KeyBox, maker: Technician, batch: ExecutionBatch, clock: Clock
) -> Sequence[Receipt]:
    if maker.device_state == DeviceState.APPROVED:
        return take_batch(database, keys, maker, batch.envelopes, clock)
    return [_not_approved(content, clock()) for content in batch.envelopes]


def _not_approved(content: Mapping[str, Any], now: datetime) -> Receipt:
    return Receipt(
        key=str(content.get("key", ""))[:MAX_KEY],
        state=ReceiptState.REJECTED,
        received_at=now,
        reason="the tablet that made it is not approved",
        code=RefusalCode.TABLET_NOT_APPROVED,
    )


def _makers(database: Database, carrier: Technician, contents: Sequence[Mapping[str, Any]]) -> dict[str, Technician]:
    """The carrying technician as if on each other enrolled tablet that made one of the envelopes."""
    names = {str(content.get("device")) for content in contents} - {carrier.device_id}
    if not names:
        return {}
    with database.read() as session:
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
    contents: Sequence[Mapping[str, Any]], makers: Mapping[str, Technician], carrier: str
) -> dict[str, list[int]]:
    """The places of the envelopes of each tablet; those of an unknown one stay with the carrier, and are refused."""
    found: dict[str, list[int]] = {}
    for place, content in enumerate(contents):
        maker = str(content.get("device"))
        found.setdefault(maker if maker in makers else carrier, []).append(place)
    return found
