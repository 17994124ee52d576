"""The tablets' meter directory: what changed since a cursor, with secrets sealed to the one tablet."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain.exchange import DirectoryMeter, MeterPage
from agent.domain.sealing import seal
from agent.smm.keys import KeyBox
from agent.smm.models import Meter, MobileSession
from agent.smm.restoring import epoch

PAGE_SIZE = 500


def page(session: Session, mobile: MobileSession, after: int, keys: KeyBox) -> MeterPage:
    """The next page for this technician's tag."""
    query = select(Meter).where(Meter.revision > after).order_by(Meter.revision).limit(PAGE_SIZE + 1)
    if mobile.user.tag:
        query = query.where(Meter.tag == mobile.user.tag)
    found = list(session.scalars(query))
    shown = found[:PAGE_SIZE]
    sealing_key = bytes.fromhex(mobile.device.sealing_key)
    return MeterPage(
        meters=[_entry(meter, sealing_key, keys) for meter in shown if not meter.deleted],
        deleted=[meter.serial for meter in shown if meter.deleted],
        cursor=str(shown[-1].revision if shown else after),
        more=len(found) > PAGE_SIZE,
        epoch=epoch(session),
    )


def _entry(meter: Meter, sealing_key: bytes, keys: KeyBox) -> DirectoryMeter:
    sealed = None
    if meter.sealed_secret is not None:
        secret = keys.unlock(meter.sealed_secret, meter.serial)
        sealed = seal(sealing_key, secret, meter.serial.encode()).hex()
    return DirectoryMeter(
        serial=meter.serial,
        model=meter.model,
        pod=meter.pod,
        address=meter.address,
        customer=meter.customer,
        sealed=sealed,
    )
